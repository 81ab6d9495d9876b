/* SPDX-License-Identifier: Apache-2.0
 * One inference with names at both ends: instructions are counted from the first of rs2c_infer until rs2c_returned,
 * which is where its call returns to in rs2c_measured (measured_<architecture>.c).
 */
#ifndef RS2C_INFER_H
#define RS2C_INFER_H

#include "rs2c_harness.h"

/* What rs2c_infer quantized to. */
extern rs2c_feature_t rs2c_inferred[RS2C_N_INPUTS];

void rs2c_infer(const rs2c_raw_t *raw, int32_t *answers);
void rs2c_measured(const rs2c_raw_t *raw, int32_t *answers);

/* rs2c_measured, and the whole record of it. */
void rs2c_run_vector(const rs2c_raw_t *raw, int32_t record[RS2C_RECORD]);

#endif
