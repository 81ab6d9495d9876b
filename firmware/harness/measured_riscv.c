/* SPDX-License-Identifier: Apache-2.0
 * rs2c_measured of rs2c_infer.h. In assembly, so that the return address has a name.
 */
__asm__(".section .text.rs2c_measured, \"ax\", @progbits\n"
        ".balign 4\n"
        ".global rs2c_measured\n"
        ".type rs2c_measured, @function\n"
        "rs2c_measured:\n"
        "    addi sp, sp, -16\n"
        "    sw ra, 12(sp)\n"
        "    call rs2c_infer\n"
        ".global rs2c_returned\n"
        "rs2c_returned:\n"
        "    lw ra, 12(sp)\n"
        "    addi sp, sp, 16\n"
        "    ret\n"
        ".size rs2c_measured, . - rs2c_measured\n"
        ".text\n");
