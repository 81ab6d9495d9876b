/* SPDX-License-Identifier: Apache-2.0
 * Runs on the host, called by the emulator at each basic block: counts the instructions from `entry` to `exit`.
 * rs2c/simulate/count.py holds the same in Python, for where there is no host compiler.
 */
#include <stdint.h>

typedef struct {
    const uint8_t *code; /* the program's flash */
    uint32_t origin, length, entry, exit, riscv, inside;
    uint64_t running, minimum, maximum, measured;
} rs2c_counter;

void rs2c_count_block(void *uc, uint64_t address, uint32_t size, rs2c_counter *counter);

void rs2c_count_block(void *uc, uint64_t address, uint32_t size, rs2c_counter *counter)
{
    const uint64_t offset = address - counter->origin;
    const uint8_t *p, *end;
    (void)uc;

    if (!counter->inside) {
        if (address != counter->entry) {
            return;
        }
        counter->inside = 1;
        counter->running = 0;
    } else if (address == counter->exit) {
        counter->inside = 0;
        counter->measured++;
        if (counter->running < counter->minimum) {
            counter->minimum = counter->running;
        }
        if (counter->running > counter->maximum) {
            counter->maximum = counter->running;
        }
        return;
    }
    if (offset > counter->length || size > counter->length - offset) {
        return; /* outside the program; the emulator reports it */
    }
    p = counter->code + offset;
    end = p + size;
    while (p < end) {
        /* 32 bits begin in Thumb with 0b11101, 0b11110 or 0b11111, in RISC-V with low bits 0b11 */
        p += (counter->riscv ? (p[0] & 3) == 3 : p[1] >= 0xE8) ? 4 : 2;
        counter->running++;
    }
}
