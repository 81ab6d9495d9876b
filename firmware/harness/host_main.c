/* SPDX-License-Identifier: Apache-2.0
 * Reads raw records from standard input until its end and writes one int32 record for each: x, scores, answers.
 * The buffers are exactly as long as the library is told, so that a sanitizer sees any step outside them.
 */
#include <stdio.h>

#if defined(_WIN32)
#include <fcntl.h>
#include <io.h>
#endif

#include "rs2c_harness.h"

int main(void)
{
    rs2c_raw_t raw[RS2C_N_FEATURES];
    rs2c_feature_t x[RS2C_N_INPUTS];
    int32_t x_wide[RS2C_N_INPUTS], scores[RS2C_N_SCORES], answers[RS2C_N_ANSWERS];
    size_t bytes;
    uint32_t i;

#if defined(_WIN32)
    (void)_setmode(_fileno(stdin), _O_BINARY); /* or line ends would be changed, and 0x1A end the input */
    (void)_setmode(_fileno(stdout), _O_BINARY);
#endif
    while ((bytes = fread(raw, 1, sizeof raw, stdin)) == sizeof raw) {
        rs2c_quantize(raw, x);
        rs2c_scores(x, scores);
        RS2C_ANSWER(x, answers);
        for (i = 0; i < RS2C_N_INPUTS; i++) {
            x_wide[i] = (int32_t)x[i];
        }
        if (fwrite(x_wide, sizeof x_wide, 1, stdout) != 1 || fwrite(scores, sizeof scores, 1, stdout) != 1
            || fwrite(answers, sizeof answers, 1, stdout) != 1) {
            return 1;
        }
    }
    if (bytes != 0) {
        fputs("the input ends inside a record\n", stderr);
        return 1;
    }
    return 0;
}
