/* SPDX-License-Identifier: Apache-2.0
 * rs2c_semihost.h for RISC-V.
 */
#include "rs2c_semihost_calls.h"

static int32_t rs2c_host_call(uint32_t call, const uint32_t *arguments)
{
    register uint32_t a0 __asm__("a0") = call;
    register const uint32_t *a1 __asm__("a1") = arguments;

    /* The three instructions tell a call from any other ebreak: none may be compressed, all lie in one page. */
    __asm__ volatile(".balign 16\n"
                     ".option push\n"
                     ".option norvc\n"
                     "slli zero, zero, 0x1f\n"
                     "ebreak\n"
                     "srai zero, zero, 7\n"
                     ".option pop\n"
                     : "+r"(a0)
                     : "r"(a1)
                     : "memory");
    return (int32_t)a0;
}
