/* SPDX-License-Identifier: Apache-2.0
 * Runs on the host, called by the emulator at each basic block: counts the instructions from `entry` to `exit`, and the
 * cycles where there is a table of them.
 * rs2c/simulate/count.py holds the same in Python, for where there is no host compiler.
 */
#include <stdint.h>

typedef struct {
    const uint8_t *code; /* the program's flash */
    const uint8_t *cycles; /* by halfword: least, then most, then what branching adds to each; or NULL */
    uint32_t origin, length, entry, exit, riscv, inside;
    uint64_t running, minimum, maximum, measured;
    uint64_t least, most, fewest_cycles, most_cycles;
    uint64_t last, behind; /* address of the instruction that was last, and of what follows it */
} rs2c_counter;

static void branched(rs2c_counter *counter)
{
    const uint32_t halfwords = counter->length / 2u + 1u;
    const uint64_t place = (counter->last - counter->origin) / 2u;

    counter->least += counter->cycles[2u * halfwords + place];
    counter->most += counter->cycles[3u * halfwords + place];
}

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
        counter->running = counter->least = counter->most = 0;
        counter->behind = address;
    } else if (counter->cycles != 0 && address != counter->behind) {
        branched(counter);
    }
    if (address == counter->exit) {
        counter->inside = 0;
        counter->measured++;
        if (counter->running < counter->minimum) {
            counter->minimum = counter->running;
        }
        if (counter->running > counter->maximum) {
            counter->maximum = counter->running;
        }
        if (counter->least < counter->fewest_cycles) {
            counter->fewest_cycles = counter->least;
        }
        if (counter->most > counter->most_cycles) {
            counter->most_cycles = counter->most;
        }
        return;
    }
    if (offset > counter->length || size > counter->length - offset) {
        return; /* outside the program; the emulator reports it */
    }
    p = counter->code + offset;
    end = p + size;
    while (p < end) {
        if (counter->cycles != 0) {
            const uint64_t place = (uint64_t)(p - counter->code) / 2u;

            counter->least += counter->cycles[place];
            counter->most += counter->cycles[counter->length / 2u + 1u + place];
        }
        counter->last = counter->origin + (uint64_t)(p - counter->code);
        /* 32 bits begin in Thumb with 0b11101, 0b11110 or 0b11111, in RISC-V with low bits 0b11 */
        p += (counter->riscv ? (p[0] & 3) == 3 : p[1] >= 0xE8) ? 4 : 2;
        counter->running++;
    }
    counter->behind = address + size;
}
