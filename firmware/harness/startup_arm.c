/* SPDX-License-Identifier: Apache-2.0
 * Vector table and reset for any Cortex-M: the floating-point unit is enabled where registers of it may be used.
 */
#include "rs2c_startup.h"

void rs2c_reset(void)
{
#ifdef __ARM_FP
    *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20; /* CPACR: full access to CP10 and CP11 */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    rs2c_start();
}

#define RS2C_FAULT (uintptr_t)rs2c_fault

__attribute__((section(".vectors"), used)) static const uintptr_t vectors[16] = {
    (uintptr_t)rs2c_stack_top,
    (uintptr_t)rs2c_reset,
    RS2C_FAULT, RS2C_FAULT, RS2C_FAULT, RS2C_FAULT, RS2C_FAULT, RS2C_FAULT, RS2C_FAULT,
    RS2C_FAULT, RS2C_FAULT, RS2C_FAULT, RS2C_FAULT, RS2C_FAULT, RS2C_FAULT, RS2C_FAULT,
};
