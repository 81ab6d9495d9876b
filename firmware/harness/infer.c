/* SPDX-License-Identifier: Apache-2.0 */
#include "rs2c_infer.h"

/* Exactly as long as the library is told; apart from the records, which a stray write would only blur. */
rs2c_feature_t rs2c_inferred[RS2C_N_INPUTS];

__attribute__((noinline)) void rs2c_infer(const rs2c_raw_t *raw, int32_t *answers)
{
    rs2c_quantize(raw, rs2c_inferred);
    RS2C_ANSWER(rs2c_inferred, answers);
}

void rs2c_run_vector(const rs2c_raw_t *raw, int32_t record[RS2C_RECORD])
{
    uint32_t i;

    rs2c_measured(raw, record + RS2C_N_INPUTS + RS2C_N_SCORES);
    rs2c_scores(rs2c_inferred, record + RS2C_N_INPUTS);
    for (i = 0; i < RS2C_N_INPUTS; i++) {
        record[i] = (int32_t)rs2c_inferred[i];
    }
}
