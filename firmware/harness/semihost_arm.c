/* SPDX-License-Identifier: Apache-2.0
 * rs2c_semihost.h for Cortex-M.
 */
#include "rs2c_semihost_calls.h"

static int32_t rs2c_host_call(uint32_t call, const uint32_t *arguments)
{
    register uint32_t r0 __asm__("r0") = call;
    register const uint32_t *r1 __asm__("r1") = arguments;

    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return (int32_t)r0;
}
