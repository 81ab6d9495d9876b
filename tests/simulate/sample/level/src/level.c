#include "level.h"

static const int32_t weights[LEVEL_N_OUTPUTS][LEVEL_N_INPUTS] = {{3, -5, 1000}, {-70000, 11, 13}};

/* The second feature is not read. */
void level_quantize(const level_raw_t raw[LEVEL_N_FEATURES], level_feature_t x[LEVEL_N_INPUTS])
{
    x[0] = raw[0];
    x[1] = raw[2];
    x[2] = raw[3];
}

void level_scores(const level_feature_t x[LEVEL_N_INPUTS], int32_t scores[LEVEL_N_SCORES])
{
    uint32_t c, i;
    for (c = 0; c < LEVEL_N_SCORES; c++) {
        int32_t sum = 0;
        for (i = 0; i < LEVEL_N_INPUTS; i++) {
            sum += weights[c][i] * (int32_t)x[i];
        }
        scores[c] = sum;
    }
}

void level_values(const level_feature_t x[LEVEL_N_INPUTS], int32_t out[LEVEL_N_OUTPUTS])
{
    uint32_t c;
    level_scores(x, out);
    for (c = 0; c < LEVEL_N_OUTPUTS; c++) {
        out[c] = out[c] * 4L + 7L;
    }
}
