/* SPDX-License-Identifier: Apache-2.0
 * Reset and exception vectors for Xtensa with either calling convention: call0 (LX106) or register windows (LX6); and
 * division for the former.
 */
#include "rs2c_startup.h"

/* In .vectors, the first of the flash, where the core begins. L32R only reaches backwards, so addresses come before
 * code. What is called next stands in EXCSAVE1 meanwhile, since turning the windows back changes every register. */
__asm__(".section .vectors, \"ax\", @progbits\n"
        ".global rs2c_reset\n"
        ".type rs2c_reset, @function\n"
        "rs2c_reset:\n"
        "    j .Lreset\n"
        "    .balign 4\n"
        ".Lstart: .long rs2c_start\n"
        ".Lfault: .long rs2c_fault\n"
        ".Lstack: .long rs2c_stack_top\n"
        ".Lvectors: .long rs2c_exceptions\n"
        ".Lstopped:\n"
        "    l32r a2, .Lfault\n"
        "    j .Lcall\n"
        ".Lreset:\n"
        "    l32r a2, .Lvectors\n"
        "    wsr a2, vecbase\n"
        "    l32r a2, .Lstart\n"
        ".Lcall:\n"
        "    wsr a2, excsave1\n"
#ifdef __XTENSA_CALL0_ABI__
        "    movi a2, 0\n"
        "    wsr a2, ps\n"
        "    rsync\n"
        "    rsr a2, excsave1\n"
        "    l32r a1, .Lstack\n"
        "    callx0 a2\n"
#else
        "    movi a2, 0\n"
        "    wsr a2, windowbase\n"
        "    rsync\n"
        "    movi a2, 1\n"
        "    wsr a2, windowstart\n"
        "    slli a2, a2, 18\n" /* PS.WOE: windows raise exceptions */
        "    wsr a2, ps\n"
        "    rsync\n"
        "    rsr a2, excsave1\n"
        "    l32r a1, .Lstack\n"
        "    callx4 a2\n"
#endif
        ".size rs2c_reset, . - rs2c_reset\n"
        "    .balign 1024\n"
        "rs2c_exceptions:\n"
#ifndef __XTENSA_CALL0_ABI__
        /* Overflow, then underflow, of windows of 4 and of 8 registers, 64 bytes apart, as the Xtensa ISA reference
         * manual has them: a0-a3 of a frame go below its callee's stack pointer, the rest into its caller's frame. No
         * window of 12 is ever written here: its vectors are among the others, and end the program. */
        "    s32e a0, a5, -16\n"
        "    s32e a1, a5, -12\n"
        "    s32e a2, a5, -8\n"
        "    s32e a3, a5, -4\n"
        "    rfwo\n"
        "    .balign 64\n"
        "    l32e a0, a5, -16\n"
        "    l32e a1, a5, -12\n"
        "    l32e a2, a5, -8\n"
        "    l32e a3, a5, -4\n"
        "    rfwu\n"
        "    .balign 64\n"
        "    s32e a0, a9, -16\n"
        "    l32e a0, a1, -12\n"
        "    s32e a1, a9, -12\n"
        "    s32e a2, a9, -8\n"
        "    s32e a3, a9, -4\n"
        "    s32e a4, a0, -32\n"
        "    s32e a5, a0, -28\n"
        "    s32e a6, a0, -24\n"
        "    s32e a7, a0, -20\n"
        "    rfwo\n"
        "    .balign 64\n"
        "    l32e a0, a9, -16\n"
        "    l32e a1, a9, -12\n"
        "    l32e a2, a9, -8\n"
        "    l32e a7, a1, -12\n"
        "    l32e a3, a9, -4\n"
        "    l32e a4, a7, -32\n"
        "    l32e a5, a7, -28\n"
        "    l32e a6, a7, -24\n"
        "    l32e a7, a7, -20\n"
        "    rfwu\n"
        "    .balign 64\n"
#endif
        /* Where the other vectors are differs from core to core, but always by multiples of 16 bytes. */
        "    .rept 64\n"
        "    j .Lstopped\n"
        "    .balign 16\n"
        "    .endr\n"
        "    .text\n");

#ifdef __XTENSA_CALL0_ABI__
/* Unsigned division, which the core lacks and not every libgcc for it has. */
static uint32_t divide(uint32_t dividend, uint32_t divisor, uint32_t *remainder)
{
    uint32_t quotient = 0, rest = 0;
    int bit;

    for (bit = 31; bit >= 0; bit--) {
        const uint32_t carry = rest >> 31;
        rest = rest << 1 | (dividend >> bit & 1u);
        quotient <<= 1;
        if (carry != 0 || rest >= divisor) {
            rest -= divisor;
            quotient |= 1u;
        }
    }
    *remainder = rest;
    return quotient;
}

uint32_t __udivsi3(uint32_t dividend, uint32_t divisor);
uint32_t __umodsi3(uint32_t dividend, uint32_t divisor);

uint32_t __udivsi3(uint32_t dividend, uint32_t divisor)
{
    uint32_t remainder;

    return divide(dividend, divisor, &remainder);
}

uint32_t __umodsi3(uint32_t dividend, uint32_t divisor)
{
    uint32_t remainder;

    (void)divide(dividend, divisor, &remainder);
    return remainder;
}
#endif
