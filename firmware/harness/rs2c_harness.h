/* SPDX-License-Identifier: Apache-2.0
 * One emitted library by names that are the same for all. Defined on the command line, or in rs2c_model.h, are
 *   RS2C_HEADER                                                   "name.h"
 *   rs2c_raw_t, rs2c_feature_t                                    its types
 *   rs2c_quantize, rs2c_scores, rs2c_answer                       its functions, the last one predict or values
 *   RS2C_N_FEATURES, RS2C_N_INPUTS, RS2C_N_SCORES, RS2C_N_ANSWERS its sizes
 *   RS2C_CLASSIFIER (0 or 1), RS2C_EXPECT_*                       what the caller reckons with
 */
#ifndef RS2C_HARNESS_H
#define RS2C_HARNESS_H

#include <stdint.h>

#include RS2C_HEADER

#if RS2C_CLASSIFIER
#define RS2C_ANSWER(x, answers) ((answers)[0] = (int32_t)rs2c_answer(x))
#else
#define RS2C_ANSWER(x, answers) rs2c_answer((x), (answers))
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
