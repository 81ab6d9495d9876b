/* SPDX-License-Identifier: Apache-2.0
 * rs2c_measured of rs2c_infer.h. In assembly, so that the return address has a name.
 *
 * With register windows all frames but this one are first written to the stack, by a call that uses every other
 * register: so the two levels of calls below rs2c_infer meet no window exception, whatever the depth of the caller.
 */
#ifdef __XTENSA_CALL0_ABI__
__asm__(".section .text.rs2c_measured, \"ax\", @progbits\n"
        ".balign 4\n"
        ".global rs2c_measured\n"
        ".type rs2c_measured, @function\n"
        "rs2c_measured:\n"
        "    addi a1, a1, -16\n"
        "    s32i a0, a1, 0\n"
        "    call0 rs2c_infer\n"
        ".global rs2c_returned\n"
        "rs2c_returned:\n"
        "    l32i a0, a1, 0\n"
        "    addi a1, a1, 16\n"
        "    ret\n"
        ".size rs2c_measured, . - rs2c_measured\n"
        ".text\n");
#else
/* Calls go through registers: the linker of another Xtensa core, which has no windows, knows no CALL8. */
__asm__(".section .text.rs2c_measured, \"ax\", @progbits\n"
        ".balign 4\n"
        ".Lspill: .long rs2c_spill\n"
        ".Linfer: .long rs2c_infer\n"
        "rs2c_spill:\n"
        "    entry a1, 48\n"
        "    movi a15, 0\n"
        "    retw\n"
        ".balign 4\n"
        ".global rs2c_measured\n"
        ".type rs2c_measured, @function\n"
        "rs2c_measured:\n"
        "    entry a1, 48\n"
        "    l32r a8, .Lspill\n"
        "    callx12 a8\n"
        "    l32r a8, .Linfer\n"
        "    mov a10, a2\n"
        "    mov a11, a3\n"
        "    callx8 a8\n"
        ".global rs2c_returned\n"
        "rs2c_returned:\n"
        "    retw\n"
        ".size rs2c_measured, . - rs2c_measured\n"
        ".text\n");
#endif
