/* SPDX-License-Identifier: Apache-2.0
 * The names of one emitted library, chosen on the command line:
 *   -DRS2C_HEADER="name.h" -DRS2C_MODEL=name -DRS2C_MODEL_UPPER=NAME
 *   -DRS2C_CLASSIFIER=0|1 and the RS2C_EXPECT_* sizes that the caller reckons with.
 */
#ifndef RS2C_HARNESS_H
#define RS2C_HARNESS_H

#include <stdint.h>

#include RS2C_HEADER

#define RS2C_PASTE2(a, b) a##b
#define RS2C_PASTE(a, b) RS2C_PASTE2(a, b)

typedef RS2C_PASTE(RS2C_MODEL, _raw_t) rs2c_raw_t;
typedef RS2C_PASTE(RS2C_MODEL, _feature_t) rs2c_feature_t;

#define RS2C_N_FEATURES RS2C_PASTE(RS2C_MODEL_UPPER, _N_FEATURES)
#define RS2C_N_INPUTS RS2C_PASTE(RS2C_MODEL_UPPER, _N_INPUTS)
#define RS2C_N_SCORES RS2C_PASTE(RS2C_MODEL_UPPER, _N_SCORES)
#define rs2c_quantize RS2C_PASTE(RS2C_MODEL, _quantize)
#define rs2c_scores RS2C_PASTE(RS2C_MODEL, _scores)

#if RS2C_CLASSIFIER
#define RS2C_N_ANSWERS 1
#define RS2C_ANSWER(x, answers) ((answers)[0] = (int32_t)RS2C_PASTE(RS2C_MODEL, _predict)(x))
#else
#define RS2C_N_ANSWERS RS2C_PASTE(RS2C_MODEL_UPPER, _N_OUTPUTS)
#define RS2C_ANSWER(x, answers) RS2C_PASTE(RS2C_MODEL, _values)((x), (answers))
#endif

/* One vector's results: x, then scores, then answers. */
#define RS2C_RECORD (RS2C_N_INPUTS + RS2C_N_SCORES + RS2C_N_ANSWERS)

/* A library and a caller that disagree about sizes do not compile. */
typedef char rs2c_sizes_agree[RS2C_N_FEATURES == RS2C_EXPECT_N_FEATURES && RS2C_N_INPUTS == RS2C_EXPECT_N_INPUTS
                                      && RS2C_N_SCORES == RS2C_EXPECT_N_SCORES
                                      && RS2C_N_ANSWERS == RS2C_EXPECT_N_ANSWERS
                                      && sizeof(rs2c_raw_t) == RS2C_EXPECT_RAW_BYTES
                                  ? 1
                                  : -1];

#endif
