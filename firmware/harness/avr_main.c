/* SPDX-License-Identifier: Apache-2.0
 * Runs vectors that come through rs2c_avr_ports.h, one by one: the results of one are sent before the next is taken, so
 * that RAM holds no more than one raw vector, its x, and its scores. Results are sent as answers, x, scores.
 */
#include "rs2c_avr_ports.h"
#include "rs2c_harness.h"

#define RS2C_PORT(number) (*(volatile uint8_t *)((number) + 32))
#define RS2C_NUMBERS ((RS2C_N_SCORES > RS2C_N_ANSWERS) ? RS2C_N_SCORES : RS2C_N_ANSWERS)

static rs2c_feature_t x[RS2C_N_INPUTS];

/* The raw vector is not needed any more when there are answers. */
static union {
    rs2c_raw_t raw[RS2C_N_FEATURES];
    int32_t numbers[RS2C_NUMBERS];
} vector;

void rs2c_infer(void);
int main(void);

__attribute__((noinline, used)) void rs2c_infer(void)
{
    rs2c_quantize(vector.raw, x);
    RS2C_ANSWER(x, vector.numbers);
    __asm__ volatile("" ::: "memory"); /* a jump in place of the last call would need less stack than a call */
}

static void send(int32_t number)
{
    const uint8_t *const byte = (const uint8_t *)&number;

    RS2C_PORT(RS2C_OUTPUT) = byte[0];
    RS2C_PORT(RS2C_OUTPUT) = byte[1];
    RS2C_PORT(RS2C_OUTPUT) = byte[2];
    RS2C_PORT(RS2C_OUTPUT) = byte[3];
}

int main(void)
{
    uint16_t i;

    for (;;) {
        for (i = 0; i < sizeof vector.raw; i++) {
            ((uint8_t *)vector.raw)[i] = RS2C_PORT(RS2C_INPUT);
        }
        /* simavr_host.c counts on these instructions: the second write comes 5 cycles after what is measured begins
           and ends */
        __asm__ volatile("out %0, __zero_reg__\n\tcall rs2c_infer\n\tout %0, __zero_reg__" ::"I"(RS2C_MARK)
                         : "r0", "r18", "r19", "r20", "r21", "r22", "r23", "r24", "r25", "r26", "r27", "r30", "r31",
                           "memory");
        for (i = 0; i < RS2C_N_ANSWERS; i++) {
            send(vector.numbers[i]);
        }
        for (i = 0; i < RS2C_N_INPUTS; i++) {
            send((int32_t)x[i]);
        }
        rs2c_scores(x, vector.numbers);
        for (i = 0; i < RS2C_N_SCORES; i++) {
            send(vector.numbers[i]);
        }
    }
}
