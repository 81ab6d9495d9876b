/*
 * The shortest program around meter: one vector in, one answer out, as the exit status.
 * SPDX-License-Identifier: 0BSD
 */
#include "meter.h"
#include "meter_selftest.h"

int main(void)
{
    const meter_raw_t raw[METER_N_FEATURES] = { 0 }; /* put your sensor values here */
    meter_feature_t x[METER_N_INPUTS];
    int32_t out[METER_N_OUTPUTS];

    if (meter_selftest() != 0u) {
        return 255; /* this build does not compute what Python computed */
    }
    meter_quantize(raw, x);
    meter_values(x, out);
    return (out[0] > 0) ? 1 : 0;
}
