/* SPDX-License-Identifier: Apache-2.0
 * Vector table and reset for any Cortex-M: .data and .bss are set up, the floating-point unit is enabled where
 * registers of it may be used, main runs, and rs2c_done is where the program ends.
 */
#include <stdint.h>

extern const uint32_t rs2c_data_load[];
extern uint32_t rs2c_data_start[], rs2c_data_end[], rs2c_bss_start[], rs2c_bss_end[], rs2c_stack_top[];

int main(void);
void rs2c_reset(void);
void rs2c_done(void);

__attribute__((noinline, used)) void rs2c_done(void)
{
    for (;;) {
        __asm__ volatile("nop");
    }
}

#ifdef RS2C_NO_LIBRARY
#define RS2C_PASTE2(a, b) a##b
#define RS2C_PASTE(a, b) RS2C_PASTE2(a, b)
#define RS2C_NOTHING(function) \
    void RS2C_PASTE(RS2C_MODEL, function)(void); \
    void RS2C_PASTE(RS2C_MODEL, function)(void) __attribute__((alias("rs2c_done")))
RS2C_NOTHING(_quantize);
RS2C_NOTHING(_predict);
RS2C_NOTHING(_values);
#endif

void rs2c_reset(void)
{
    const uint32_t *load = rs2c_data_load;
    volatile uint32_t *word;

    /* volatile keeps compilers from calling memcpy and memset here */
    for (word = rs2c_data_start; word < rs2c_data_end; word++) {
        *word = *load++;
    }
    for (word = rs2c_bss_start; word < rs2c_bss_end; word++) {
        *word = 0;
    }
#ifdef __ARM_FP
    *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20; /* CPACR: full access to CP10 and CP11 */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    (void)main();
    rs2c_done();
}

__attribute__((section(".vectors"), used)) static const uintptr_t vectors[2] = {
    (uintptr_t)rs2c_stack_top,
    (uintptr_t)rs2c_reset,
};
