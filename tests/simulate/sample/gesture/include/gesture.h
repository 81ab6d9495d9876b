/* Hand-written stand-in for an emitted classifier: int16 raw values, int8 features, three classes. */
#ifndef GESTURE_H
#define GESTURE_H

#include <stdint.h>

#define GESTURE_N_FEATURES 5
#define GESTURE_N_INPUTS 5
#define GESTURE_N_SCORES 3
#define GESTURE_N_CLASSES 3

typedef int16_t gesture_raw_t;
typedef int8_t gesture_feature_t;

#ifdef __cplusplus
extern "C" {
#endif

void gesture_quantize(const gesture_raw_t raw[GESTURE_N_FEATURES], gesture_feature_t x[GESTURE_N_INPUTS]);
void gesture_scores(const gesture_feature_t x[GESTURE_N_INPUTS], int32_t scores[GESTURE_N_SCORES]);
uint16_t gesture_predict(const gesture_feature_t x[GESTURE_N_INPUTS]);

#ifdef __cplusplus
}
#endif

#endif
