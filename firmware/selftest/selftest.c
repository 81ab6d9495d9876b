/* SPDX-License-Identifier: Apache-2.0
 * The on-target self-test of one model: its golden vectors, and random vectors that are made here, so that thousands
 * of them take no flash. It prints Unity-style lines, then one line that a program reads, and returns 0 or 1.
 *
 * Vectors (rs2c/firmware/selftest_vectors.py computes the same). All arithmetic is in uint32, modulo 2^32.
 *   word(i)  = mix(RS2C_SELFTEST_SEED + i * 0x9E3779B9)
 *   mix(h)   : h ^= h >> 16; h *= 0x7FEB352D; h ^= h >> 15; h *= 0x846CA68B; h ^= h >> 16
 *   n        = vector * features + feature;  a = word(2n), b = word(2n + 1)
 *   integers : the top 8 or 16 bits of a, in two's complement
 *   float32  : the bits of a; unless b mod 4 is 0, their exponent is replaced by
 *              RS2C_SELFTEST_EXPONENT + ((b >> 16) * RS2C_SELFTEST_EXPONENTS >> 16), which is where the model looks
 * The CRC is CRC-32 (IEEE 802.3, as zlib computes it) of all scores of the random vectors in order, each as four
 * bytes, the lowest first.
 */
#include "rs2c_print.h"
#include "rs2c_model.h"

static uint32_t word(uint32_t index)
{
    uint32_t h = RS2C_SELFTEST_SEED + index * 0x9E3779B9UL;

    h ^= h >> 16;
    h *= 0x7FEB352DUL;
    h ^= h >> 15;
    h *= 0x846CA68BUL;
    return h ^ (h >> 16);
}

static rs2c_raw_t random_value(uint32_t n)
{
    const uint32_t a = word(2u * n);
#if RS2C_RAW_IS_FLOAT
    const uint32_t b = word(2u * n + 1u);
    union {
        uint32_t bits;
        rs2c_raw_t value;
    } raw;

    raw.bits = a;
    if ((b & 3u) != 0u) {
        const uint32_t exponent = RS2C_SELFTEST_EXPONENT + (((b >> 16) * RS2C_SELFTEST_EXPONENTS) >> 16);
        raw.bits = (a & 0x807FFFFFUL) | (exponent << 23);
    }
    return raw.value;
#else
    return (rs2c_raw_t)(a >> (32u - 8u * sizeof(rs2c_raw_t)));
#endif
}

static uint32_t crc_of(uint32_t crc, uint32_t value)
{
    uint8_t byte, bit;

    for (byte = 0; byte < 4; byte++) {
        crc ^= value & 0xFFu;
        value >>= 8;
        for (bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (0xEDB88320UL & (0u - (crc & 1u)));
        }
    }
    return crc;
}

/* Never inlined, so that its vectors are gone from the stack when the golden ones are there. */
__attribute__((noinline)) static uint32_t random_vectors_crc(void)
{
    rs2c_raw_t raw[RS2C_N_FEATURES];
    rs2c_feature_t x[RS2C_N_INPUTS];
    int32_t scores[RS2C_N_SCORES];
    uint32_t crc = 0xFFFFFFFFUL, n = 0u, vector, i;

    for (vector = 0u; vector < RS2C_SELFTEST_VECTORS; vector++) {
        for (i = 0u; i < RS2C_N_FEATURES; i++) {
            raw[i] = random_value(n++);
        }
        rs2c_quantize(raw, x);
        rs2c_scores(x, scores);
        for (i = 0u; i < RS2C_N_SCORES; i++) {
            crc = crc_of(crc, (uint32_t)scores[i]);
        }
    }
    return ~crc;
}

static uint32_t report(uint32_t line, const char *name, uint8_t passed)
{
    rs2c_print(__FILE__ ":");
    rs2c_print_decimal(line);
    rs2c_print(name);
    rs2c_print(passed ? ":PASS\n" : ":FAIL: not what the reference computes\n");
    return passed ? 0u : 1u;
}

int rs2c_main(void)
{
    uint32_t differ, crc, failures = 0u;

    differ = rs2c_selftest();
    failures += report(__LINE__, ":golden_vectors", differ == 0u);
    crc = random_vectors_crc();
    failures += report(__LINE__, ":random_vectors", crc == RS2C_SELFTEST_CRC);
    rs2c_print("rs2c golden ");
    rs2c_print_decimal(RS2C_GOLDEN_VECTORS);
    rs2c_print(" mismatches ");
    rs2c_print_decimal(differ);
    rs2c_print(" random ");
    rs2c_print_decimal(RS2C_SELFTEST_VECTORS);
    rs2c_print(" crc ");
    rs2c_print_hex(crc);
    rs2c_print("\n2 Tests ");
    rs2c_print_decimal(failures);
    rs2c_print(" Failures 0 Ignored\n");
    rs2c_print(failures == 0u ? "OK\n" : "FAIL\n");
    return failures == 0u ? 0 : 1;
}
