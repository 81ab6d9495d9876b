/*
 * The shortest program around knock: one vector in, one answer out, as the exit status.
 * SPDX-License-Identifier: 0BSD
 */
#include "knock.h"
#include "knock_selftest.h"

int main(void)
{
    const knock_raw_t raw[KNOCK_N_FEATURES] = { 0 }; /* put your sensor values here */
    knock_feature_t x[KNOCK_N_INPUTS];

    if (knock_selftest() != 0u) {
        return 255; /* this build does not compute what Python computed */
    }
    knock_quantize(raw, x);
    return (int)knock_predict(x);
}
