/* SPDX-License-Identifier: Apache-2.0
 * Runs on the host, loaded by QEMU: counts the instructions from block `entry` to block `exit` of the program, which
 * are its arguments, and writes least, most and how often they were counted to the file count.txt.
 *
 * QEMU's packages bring no header; these are the few declarations of qemu-plugin.h that are needed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
enum { QEMU_PLUGIN_CB_NO_REGS };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned, void *), int flags, void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*)(qemu_plugin_id_t, void *), void *data);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

int qemu_plugin_version = RS2C_PLUGIN_API;

static uint64_t entry, exit_, running, minimum = UINT64_MAX, maximum, measured;
static int inside;

static void count_entry(unsigned cpu, void *instructions)
{
    (void)cpu;
    if (!inside) {
        inside = 1;
        running = 0;
    }
    running += (uintptr_t)instructions;
}

static void count_exit(unsigned cpu, void *data)
{
    (void)cpu;
    (void)data;
    if (inside) {
        inside = 0;
        measured++;
        minimum = running < minimum ? running : minimum;
        maximum = running > maximum ? running : maximum;
    }
}

static void count_block(unsigned cpu, void *instructions)
{
    (void)cpu;
    running += (uintptr_t)instructions;
}

/* A block's instructions all count, also those that an IT block leaves out: they take their time all the same. */
static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    const uint64_t address = qemu_plugin_tb_vaddr(block);
    void (*const count)(unsigned, void *) = address == entry   ? count_entry
                                            : address == exit_ ? count_exit
                                                               : count_block;
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_cb(
        block, count, QEMU_PLUGIN_CB_NO_REGS, (void *)(uintptr_t)qemu_plugin_tb_n_insns(block)
    );
}

static void report(qemu_plugin_id_t id, void *data)
{
    FILE *const file = fopen("count.txt", "w");

    (void)id;
    (void)data;
    if (file) {
        fprintf(file, "%llu %llu %llu\n", (unsigned long long)minimum, (unsigned long long)maximum,
                (unsigned long long)measured);
        fclose(file);
    }
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    int i;

    (void)info;
    for (i = 0; i < argc; i++) {
        if (strncmp(argv[i], "entry=", 6) == 0) {
            entry = strtoull(argv[i] + 6, NULL, 0);
        } else if (strncmp(argv[i], "exit=", 5) == 0) {
            exit_ = strtoull(argv[i] + 5, NULL, 0);
        }
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
    qemu_plugin_register_atexit_cb(id, report, NULL);
    return 0;
}
