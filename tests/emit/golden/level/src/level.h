/* SPDX-License-Identifier: 0BSD. Arduino looks for headers in src/ alone; this one stands in include/. */
#include "../include/level.h"
