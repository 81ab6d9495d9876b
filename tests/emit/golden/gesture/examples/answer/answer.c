/*
 * The shortest program around gesture: one vector in, one answer out, as the exit status.
 * SPDX-License-Identifier: 0BSD
 */
#include "gesture.h"
#include "gesture_selftest.h"

int main(void)
{
    const gesture_raw_t raw[GESTURE_N_FEATURES] = { 0 }; /* put your sensor values here */
    gesture_feature_t x[GESTURE_N_INPUTS];

    if (gesture_selftest() != 0u) {
        return 255; /* this build does not compute what Python computed */
    }
    gesture_quantize(raw, x);
    return (int)gesture_predict(x);
}
