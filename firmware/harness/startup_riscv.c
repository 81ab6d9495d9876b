/* SPDX-License-Identifier: Apache-2.0
 * Reset for RV32 in machine mode. In .vectors, so that it is the first of the flash, where emulators begin.
 */
#include "rs2c_startup.h"

__asm__(".section .vectors, \"ax\", @progbits\n"
        ".global rs2c_reset\n"
        ".type rs2c_reset, @function\n"
        "rs2c_reset:\n"
        "    la sp, rs2c_stack_top\n"
        "    la t0, rs2c_trap\n"
        "    .option push\n"
        "    .option arch, +zicsr\n"
        "    csrw mtvec, t0\n"
        "    .option pop\n"
        "    j rs2c_start\n"
        ".size rs2c_reset, . - rs2c_reset\n"
        ".balign 4\n" /* the low two bits of mtvec are a mode */
        "rs2c_trap:\n"
        "    j rs2c_fault\n"
        ".text\n");
