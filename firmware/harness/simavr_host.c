/* SPDX-License-Identifier: Apache-2.0
 * Runs on the host: a program of avr_main.c in simavr, with cycles and stack of each inference.
 *
 *   simavr_host MCU FLASH FREE < raw vectors > results and, after them, one rs2c_report
 *
 * FLASH is a file of the program's bytes from address 0, FREE the address of the first byte of RAM after its variables.
 * Status 3 and the program counter (hexadecimal) with a message on standard error: the program failed.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <simavr/sim_avr.h>
#include <simavr/sim_io.h>

#include "rs2c_avr_ports.h"

#define PAINT 0xA5
#define AROUND_CYCLES 5 /* out and call, which stand before the first instruction of rs2c_infer */
#define AROUND_BYTES 2 /* the return address into main */

typedef struct {
    uint64_t measured, least_cycles, most_cycles;
    uint64_t stack_bytes; /* below main's stack pointer, without the call of rs2c_infer */
} rs2c_report;

static rs2c_report report = {0, UINT64_MAX, 0, 0};
static char fault[200];
static int finished, inside;
static uint32_t first_free;
static uint64_t began;

static void fail(const char *message)
{
    if (fault[0] == '\0') {
        snprintf(fault, sizeof fault, "%s", message);
    }
}

/* simavr tells of an access outside of memory or an invalid instruction by a message, and may run on. */
static void note_message(avr_t *avr, const int level, const char *format, va_list arguments)
{
    (void)avr;
    if (level == LOG_ERROR && fault[0] == '\0') {
        vsnprintf(fault, sizeof fault, format, arguments);
    }
}

static uint8_t take(avr_t *avr, avr_io_addr_t address, void *unused)
{
    const int byte = getchar();

    (void)avr, (void)address, (void)unused;
    finished = byte == EOF;
    return (uint8_t)byte;
}

static void give(avr_t *avr, avr_io_addr_t address, uint8_t byte, void *unused)
{
    (void)avr, (void)address, (void)unused;
    if (!finished) { /* simavr may run on a little */
        putchar(byte);
    }
}

static void mark(avr_t *avr, avr_io_addr_t address, uint8_t byte, void *unused)
{
    const uint32_t top = avr->data[R_SPL] | (uint32_t)avr->data[R_SPH] << 8;
    uint32_t lowest = first_free;
    uint64_t cycles;

    (void)address, (void)byte, (void)unused;
    if (finished) {
        return;
    }
    inside = !inside;
    if (inside) {
        if (top > avr->ramend || top <= first_free) {
            fail("its variables leave no room for a stack");
            return;
        }
        memset(avr->data + first_free, PAINT, top - first_free + 1);
        began = avr->cycle;
        return;
    }
    cycles = avr->cycle - began - AROUND_CYCLES;
    while (lowest <= top && avr->data[lowest] == PAINT) {
        lowest++;
    }
    if (lowest == first_free) {
        fail("its stack ran into its variables");
    }
    report.measured++;
    report.least_cycles = cycles < report.least_cycles ? cycles : report.least_cycles;
    report.most_cycles = cycles > report.most_cycles ? cycles : report.most_cycles;
    if (top + 1 - lowest > report.stack_bytes + AROUND_BYTES) {
        report.stack_bytes = top + 1 - lowest - AROUND_BYTES;
    }
}

static int load(avr_t *avr, const char *path)
{
    FILE *const file = fopen(path, "rb");
    const size_t room = (size_t)avr->flashend + 1;
    uint8_t *const image = malloc(room);
    const size_t size = file != NULL && image != NULL ? fread(image, 1, room, file) : 0;

    if (size == 0) {
        return 0;
    }
    avr_loadcode(avr, image, (uint32_t)size, 0);
    avr->codeend = (uint32_t)size;
    fclose(file);
    free(image);
    return 1;
}

int main(int argc, char **argv)
{
    avr_t *const avr = argc == 4 ? avr_make_mcu_by_name(argv[1]) : NULL;

    if (avr == NULL || avr_init(avr) != 0 || !load(avr, argv[2])) {
        fputs("usage: simavr_host MCU FLASH FREE\n", stderr);
        return 2;
    }
    first_free = (uint32_t)strtoul(argv[3], NULL, 0);
    avr_global_logger_set(note_message);
    avr_register_io_read(avr, AVR_IO_TO_DATA(RS2C_INPUT), take, NULL);
    avr_register_io_write(avr, AVR_IO_TO_DATA(RS2C_OUTPUT), give, NULL);
    avr_register_io_write(avr, AVR_IO_TO_DATA(RS2C_MARK), mark, NULL);
    while (!finished && fault[0] == '\0') {
        const int state = avr_run(avr);

        if (state != cpu_Running) {
            fail("it stopped");
        }
    }
    if (fault[0] != '\0') {
        fprintf(stderr, "%x %s\n", (unsigned)avr->pc, fault);
        return 3;
    }
    return fwrite(&report, sizeof report, 1, stdout) == 1 && fflush(stdout) == 0 ? 0 : 2;
}
