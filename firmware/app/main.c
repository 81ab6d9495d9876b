/* SPDX-License-Identifier: Apache-2.0
 * The program that rs2c build makes: the model checks itself, then answers one vector. Put your sensor values there.
 */
#ifndef PIO_UNIT_TESTING /* pio test compiles its own program beside the port */

#include "rs2c_print.h"
#include "rs2c_model.h"

static volatile rs2c_raw_t sensor; /* stands for what your sensors give; it reads 0 */

/* Never inlined, so that its vectors are not on the stack while the self-test has its own there. */
__attribute__((noinline)) static void answer_one_vector(void)
{
    rs2c_raw_t raw[RS2C_N_FEATURES];
    rs2c_feature_t x[RS2C_N_INPUTS];
    int32_t answers[RS2C_N_ANSWERS];
    uint32_t i;

    for (i = 0u; i < RS2C_N_FEATURES; i++) {
        raw[i] = sensor;
    }
    rs2c_quantize(raw, x);
    RS2C_ANSWER(x, answers);
    rs2c_print(RS2C_ANSWER_TEXT);
    for (i = 0u; i < RS2C_N_ANSWERS; i++) {
        rs2c_put_char(' ');
        rs2c_print_signed(answers[i]);
    }
    rs2c_put_char('\n');
}

int rs2c_main(void)
{
    if (rs2c_selftest() != 0u) {
        rs2c_print("self-test failed: this build does not compute what Python computed\n");
        return 1;
    }
    rs2c_print("self-test passed\n");
    answer_one_vector();
    return 0;
}

#endif
