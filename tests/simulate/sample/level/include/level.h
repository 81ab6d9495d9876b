/* Hand-written stand-in for an emitted regressor: uint8 raw values used as they are, two outputs. */
#ifndef LEVEL_H
#define LEVEL_H

#include <stdint.h>

#define LEVEL_N_FEATURES 4
#define LEVEL_N_INPUTS 3
#define LEVEL_N_SCORES 2
#define LEVEL_N_OUTPUTS 2
#define LEVEL_VALUE_FRAC_BITS 8

typedef uint8_t level_raw_t;
typedef uint8_t level_feature_t;

#ifdef __cplusplus
extern "C" {
#endif

void level_quantize(const level_raw_t raw[LEVEL_N_FEATURES], level_feature_t x[LEVEL_N_INPUTS]);
void level_scores(const level_feature_t x[LEVEL_N_INPUTS], int32_t scores[LEVEL_N_SCORES]);
void level_values(const level_feature_t x[LEVEL_N_INPUTS], int32_t out[LEVEL_N_OUTPUTS]);

#ifdef __cplusplus
}
#endif

#endif
