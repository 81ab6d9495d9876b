/* SPDX-License-Identifier: Apache-2.0
 * What startup_<architecture>.c calls once there is a stack: .data and .bss are set up, main runs, and rs2c_done is
 * where the program ends.
 */
#include "rs2c_startup.h"

extern const uint32_t rs2c_data_load[];
extern uint32_t rs2c_data_start[], rs2c_data_end[], rs2c_bss_start[], rs2c_bss_end[];

int main(void);

__attribute__((noinline, used)) void rs2c_done(void)
{
    for (;;) {
        __asm__ volatile("nop");
    }
}

#ifdef RS2C_NO_LIBRARY
void rs2c_quantize(void) __attribute__((alias("rs2c_done")));
void rs2c_answer(void) __attribute__((alias("rs2c_done")));
#endif

/* A main that can tell of a fault has its own; without one the program does not go on. */
__attribute__((weak)) void rs2c_fault(void)
{
    for (;;) {
        __asm__ volatile("nop");
    }
}

void rs2c_start(void)
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
    (void)main();
    rs2c_done();
}
