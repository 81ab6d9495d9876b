/*
 * The shortest program around motor: one vector in, one answer out, as the exit status.
 * SPDX-License-Identifier: 0BSD
 */
#include "motor.h"
#include "motor_selftest.h"

int main(void)
{
    const motor_raw_t raw[MOTOR_N_FEATURES] = { 0 }; /* put your sensor values here */
    motor_feature_t x[MOTOR_N_INPUTS];

    if (motor_selftest() != 0u) {
        return 255; /* this build does not compute what Python computed */
    }
    motor_quantize(raw, x);
    return (int)motor_predict(x);
}
