/* SPDX-License-Identifier: Apache-2.0
 * rs2c_measured of rs2c_infer.h. In assembly, so that the return address has a name.
 */
__asm__(".syntax unified\n"
        ".section .text.rs2c_measured, \"ax\", %progbits\n"
        ".balign 4\n"
        ".thumb\n"
        ".thumb_func\n"
        ".global rs2c_measured\n"
        ".type rs2c_measured, %function\n"
        "rs2c_measured:\n"
        "    push {r4, lr}\n"
        "    bl rs2c_infer\n"
        ".global rs2c_returned\n"
        "rs2c_returned:\n"
        "    pop {r4, pc}\n"
        ".size rs2c_measured, . - rs2c_measured\n"
        ".text\n");
