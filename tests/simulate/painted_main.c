/* Writes for each vector of raw.bin the bytes of stack that quantize and the answer wrote to, as one int32. */
#include "rs2c_harness.h"
#include "rs2c_semihost.h"
#include "rs2c_startup.h"

#define PAINT 0x5aa5c33cu
#define DEEPEST 2048u /* words; well above what any inference of the tests needs */

static rs2c_raw_t raw[RS2C_N_FEATURES];
static rs2c_feature_t x[RS2C_N_INPUTS];
static int32_t answers[RS2C_N_ANSWERS];

void rs2c_fault(void)
{
    rs2c_host_exit(3);
}

int main(void)
{
    const int32_t input = rs2c_host_open("raw.bin", 0), output = rs2c_host_open("records.bin", 1);
    volatile uint32_t *word, *stack;

#ifdef __XTENSA__
    __asm__ volatile("mov %0, a1" : "=r"(stack));
#else
    __asm__ volatile("mov %0, sp" : "=r"(stack));
#endif
    while (rs2c_host_read(input, raw, sizeof raw) == (int32_t)sizeof raw) {
        int32_t bytes;

        for (word = stack - DEEPEST; word < stack; word++) {
            *word = PAINT;
        }
        rs2c_quantize(raw, x);
        RS2C_ANSWER(x, answers);
        for (word = stack - DEEPEST; word < stack && *word == PAINT; word++) {
        }
        bytes = (int32_t)(stack - word) * 4;
        if (rs2c_host_write(output, &bytes, sizeof bytes) != (int32_t)sizeof bytes) {
            rs2c_host_exit(2);
        }
    }
    rs2c_host_exit(0);
    return 0;
}
