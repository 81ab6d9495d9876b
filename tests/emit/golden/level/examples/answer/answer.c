/*
 * The shortest program around level: one vector in, one answer out, as the exit status.
 * SPDX-License-Identifier: 0BSD
 */
#include "level.h"
#include "level_selftest.h"

int main(void)
{
    const level_raw_t raw[LEVEL_N_FEATURES] = { 0 }; /* put your sensor values here */
    level_feature_t x[LEVEL_N_INPUTS];
    int32_t out[LEVEL_N_OUTPUTS];

    if (level_selftest() != 0u) {
        return 255; /* this build does not compute what Python computed */
    }
    level_quantize(raw, x);
    level_values(x, out);
    return (out[0] > 0) ? 1 : 0;
}
