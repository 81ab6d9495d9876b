/* SPDX-License-Identifier: Apache-2.0
 * Runs a batch of vectors. The linker script says where the emulator has put the raw records and the room for
 * results; rs2c_infer is what instructions are counted over, from its first instruction to its return.
 */
#include "harness.h"

extern const uint32_t rs2c_vectors;
extern const rs2c_raw_t rs2c_raw[];
extern int32_t rs2c_records[];

/* Exactly as long as the library is told; apart from the records, which a stray write would only blur. */
static rs2c_feature_t x[RS2C_N_INPUTS];

void rs2c_infer(const rs2c_raw_t *raw, int32_t *answers);
void rs2c_measured(const rs2c_raw_t *raw, int32_t *answers);

__attribute__((noinline)) void rs2c_infer(const rs2c_raw_t *raw, int32_t *answers)
{
    rs2c_quantize(raw, x);
    RS2C_ANSWER(x, answers);
}

/* In assembly, so that the return address has a name. */
__asm__(".syntax unified\n"
        ".section .text.rs2c_measured, \"ax\", %progbits\n"
        ".balign 4\n"
        ".thumb\n"
        ".thumb_func\n"
        ".global rs2c_measured\n"
        ".type rs2c_measured, %function\n"
        "rs2c_measured:\n"
        "    push {r4, lr}\n"
        "    bl rs2c_infer\n"
        ".global rs2c_returned\n"
        "rs2c_returned:\n"
        "    pop {r4, pc}\n"
        ".size rs2c_measured, . - rs2c_measured\n"
        ".text\n");

int main(void)
{
    const rs2c_raw_t *raw = rs2c_raw;
    int32_t *record = rs2c_records;
    uint32_t n, i;

    for (n = 0; n < rs2c_vectors; n++) {
        rs2c_measured(raw, record + RS2C_N_INPUTS + RS2C_N_SCORES);
        rs2c_scores(x, record + RS2C_N_INPUTS);
        for (i = 0; i < RS2C_N_INPUTS; i++) {
            record[i] = (int32_t)x[i];
        }
        raw += RS2C_N_FEATURES;
        record += RS2C_RECORD;
    }
    return 0;
}
