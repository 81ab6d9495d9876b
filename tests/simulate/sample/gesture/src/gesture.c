#include "gesture.h"

#define ROWS 16
#define BINS 8
#define SHIFT 6

/* Any fixed bytes do: the test recomputes them. */
static int32_t direction(uint32_t row, uint32_t i)
{
    return (int32_t)((row * 31u + i * 17u + row * i * 7u) % 61u) - 30;
}

static const int8_t counts[BINS * 3] = {
    5, -7, 11, 13, -17, 19, -23, 29, -31, 37, -41, 43, -47, 53, -59, 61, -67, 71, -73, 79, -83, 89, -97, 101,
};

void gesture_quantize(const gesture_raw_t raw[GESTURE_N_FEATURES], gesture_feature_t x[GESTURE_N_INPUTS])
{
    uint32_t i;
    for (i = 0; i < GESTURE_N_INPUTS; i++) {
        int32_t u = (int32_t)raw[i] * 3 + (128L << 8);
        if (u < 0) {
            u = 0;
        }
        if (u > (256L << 8) - 1) {
            u = (256L << 8) - 1;
        }
        x[i] = (gesture_feature_t)((int32_t)((uint32_t)u >> 8) - 128);
    }
}

void gesture_scores(const gesture_feature_t x[GESTURE_N_INPUTS], int32_t scores[GESTURE_N_SCORES])
{
    uint32_t row, i, c;
    for (c = 0; c < GESTURE_N_SCORES; c++) {
        scores[c] = 0;
    }
    for (row = 0; row < ROWS; row++) {
        int32_t t = 4L << SHIFT;
        uint32_t bin;
        for (i = 0; i < GESTURE_N_INPUTS; i++) {
            t += direction(row, i) * (int32_t)x[i];
        }
        if (t < 0) {
            t = 0;
        }
        if (t > (BINS << SHIFT) - 1) {
            t = (BINS << SHIFT) - 1;
        }
        bin = ((uint32_t)t >> SHIFT) & (BINS - 1);
        for (c = 0; c < GESTURE_N_SCORES; c++) {
            scores[c] += (int32_t)counts[bin * 3u + c] * (int32_t)(row + 1u);
        }
    }
}

uint16_t gesture_predict(const gesture_feature_t x[GESTURE_N_INPUTS])
{
    int32_t scores[GESTURE_N_SCORES];
    uint16_t best = 0, c;
    gesture_scores(x, scores);
    for (c = 1; c < GESTURE_N_SCORES; c++) {
        if (scores[c] > scores[best]) {
            best = c;
        }
    }
    return best;
}
