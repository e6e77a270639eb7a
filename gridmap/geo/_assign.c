/* Which grid is a point in? Build an index over a coverage, and ask it. Exact for every double.

The plane is cut into square cells. Most hold no edge and answer by themselves. A border cell knows
the edges near it, each with its `code`, the exclusive or of the grids on its two sides, and one
label K. For a point p in the cell

    label(p) = K ^ XOR of the codes of the listed edges that pass left of p,

where an edge whose end lies left of the cell counts once more from the height of that end on (the
flags ABOVE_A, ABOVE_B): this cancels what the ray to the left meets outside the cell, so that K is
the same all over it. Walking a row of cells carries the label from outside through every K.

Signs of determinants are taken in doubles when an error bound allows, otherwise in integers of any
length. A point on an edge is found that way too, and goes to the smaller of the grids beside it.
Labels are 1 + the rank of a grid in the order of the codes; 0 is outside. */

#define _DEFAULT_SOURCE
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

enum { BATCH = 256, MARGIN = 4, FINEST = 5, LARGEST_BLOCK = 7 };
enum { ABOVE_A = 1, ABOVE_B = 2 };
/* Dividing cells may list an edge this many times as often as the cells of the root do: a bundle of
long needles would otherwise be divided without end. */
#define MOST_GROWTH 8.0
#define BORDER 0x80000000u /* an entry with this bit is no label: a record or a block */
#define BLOCK 0x40000000u

typedef struct { double ax, ay, bx, by; } edge_t; /* a is below b, or left of it when level */
typedef struct { uint32_t one, other; } owners_t; /* labels of the grids it bounds; 0 is none */
typedef struct { double x, y; uint32_t one, other; } conflict_t;

typedef struct {
    double west, south, east, north; /* the box of all edges */
    double magic;                    /* adding it rounds to whole units */
    int64_t column_0, row_0;         /* the first unit, counted from 0 */
    int64_t columns, rows;
    int64_t shift_x, shift_y; /* a cell of the root is 1 << shift units wide */
    int64_t blocks_n, records_n, edges_n, conflicts_n;
    uint32_t *root, *blocks, *records;
    edge_t *edges;
    owners_t *owners;
    conflict_t *conflicts;
} index_t;

typedef struct {
    index_t *ix;
    double unit;
    int64_t blocks_room, records_room, conflicts_room;
    int64_t leaf; /* a cell of the root with more edges than this is divided */
    int failed;   /* out of memory, or too large for 32-bit entries */
} builder_t;

typedef struct { int64_t x, y, shift_x, shift_y, columns, rows; } region_t;

#ifndef SOURCE
#define SOURCE 0
#endif
/* A number of the source text, given when compiling: an older build is known by it. */
int32_t gm_source(void) { return SOURCE; }

/* ---- exact arithmetic ------------------------------------------------------------------------ */

/* acc += sign * p * q * 2^-low, in digits of 32 bits. */
static void add_product(int64_t *acc, int sign, int64_t p, int64_t q, int shift) {
    unsigned __int128 product = (unsigned __int128)(p < 0 ? -p : p) * (uint64_t)(q < 0 ? -q : q);
    if ((p < 0) != (q < 0)) sign = -sign;
    int word = shift >> 5, bits = shift & 31;
    uint64_t d[5] = {((uint64_t)product << bits) & 0xffffffffu, 0, 0, 0, 0};
    unsigned __int128 rest = product >> (32 - bits);
    for (int i = 1; i < 5; i++, rest >>= 32) d[i] = (uint64_t)rest & 0xffffffffu;
    for (int i = 0; i < 5; i++) acc[word + i] += sign * (int64_t)d[i];
}

static int exact_side(const edge_t *e, double x, double y) {
    const double left[6] = {e->ax, e->ax, x, e->ay, e->ay, y};
    const double right[6] = {e->by, y, e->by, e->bx, x, e->bx};
    const int signs[6] = {1, -1, -1, -1, 1, 1};
    int64_t p[6], q[6], acc[150];
    int power[6], low = 1 << 20, high = -(1 << 20);
    for (int i = 0; i < 6; i++) {
        int a, b;
        p[i] = (int64_t)ldexp(frexp(left[i], &a), 53);
        q[i] = (int64_t)ldexp(frexp(right[i], &b), 53);
        power[i] = a + b;
        if (p[i] == 0 || q[i] == 0) continue;
        if (power[i] < low) low = power[i];
        if (power[i] > high) high = power[i];
    }
    if (high < low) return 0;
    int words = (high - low) / 32 + 7;
    memset(acc, 0, (size_t)words * sizeof *acc);
    for (int i = 0; i < 6; i++)
        if (p[i] && q[i]) add_product(acc, signs[i], p[i], q[i], power[i] - low);
    int nonzero = 0;
    for (int i = 0; i < words - 1; i++) {
        int64_t carry = acc[i] >> 32;
        nonzero |= (acc[i] & 0xffffffff) != 0;
        acc[i + 1] += carry;
    }
    if (acc[words - 1] < 0) return -1;
    return acc[words - 1] > 0 || nonzero;
}

/* 1 when (x, y) lies left of the line from a up to b, -1 right of it, 0 on it. The bound is
Shewchuk's for the first stage of his orientation test; the second term allows for underflow. */
static inline int side(const edge_t *e, double x, double y) {
    double l = (e->ax - x) * (e->by - y), r = (e->ay - y) * (e->bx - x), d = l - r;
    double bound = 3.3306690738754716e-16 * (fabs(l) + fabs(r)) + 1e-290;
    if (d > bound) return 1;
    if (d < -bound) return -1;
    if ((x == e->ax && y == e->ay) || (x == e->bx && y == e->by)) return 0;
    if ((x == e->ax && x == e->bx) || (y == e->ay && y == e->by)) return 0;
    return exact_side(e, x, y);
}

static inline uint32_t code_of(const index_t *ix, uint32_t id) {
    return ix->owners[id].one ^ ix->owners[id].other;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static inline int64_t units(double magic, double x) {
    double moved = x + magic;
    int64_t bits, zero;
    memcpy(&bits, &moved, sizeof bits);
    memcpy(&zero, &magic, sizeof zero);
    return bits - zero;
}

/* The smallest label of the grids that cover a point in a cell of this record, 0 outside. At most
`room` of them are also written, some more than once; *n counts them. */
static uint32_t covering(const index_t *ix, const uint32_t *record, double x, double y,
                         uint32_t *found, int64_t room, int64_t *n) {
    uint32_t label = record[0], least = 0;
    for (uint32_t i = 0; i < record[1]; i++) {
        uint32_t id = record[2 + 2 * i] >> 2, flags = record[2 + 2 * i] & 3;
        const edge_t *e = &ix->edges[id];
        int up = y >= e->ay, past = y >= e->by, left = 0;
        if (y >= e->ay && y <= e->by) {
            int turn = side(e, x, y);
            left = turn < 0 && !past;
            if (turn == 0 && x >= fmin(e->ax, e->bx) && x <= fmax(e->ax, e->bx)) {
                const uint32_t both[2] = {ix->owners[id].one, ix->owners[id].other};
                for (int k = 0; k < 2 && both[k]; k++) {
                    if (*n < room) found[*n] = both[k];
                    ++*n;
                    if (least == 0 || both[k] < least) least = both[k];
                }
            }
        }
        left ^= (up & (int)(flags & ABOVE_A)) ^ (past & (int)(flags >> 1));
        label ^= record[3 + 2 * i] & (0u - (uint32_t)left);
    }
    if (least) return least;
    if (label && (*n)++ < room) found[0] = label;
    return label;
}

static inline uint32_t resolve(const index_t *ix, const uint32_t *record, double x, double y) {
    uint32_t label = record[0], n = record[1], unsure = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t entry = record[2 + 2 * i];
        const edge_t *e = &ix->edges[entry >> 2];
        double l = (e->ax - x) * (e->by - y), r = (e->ay - y) * (e->bx - x), d = l - r;
        double bound = 3.3306690738754716e-16 * (fabs(l) + fabs(r)) + 1e-290;
        uint32_t up = y >= e->ay, past = y >= e->by;
        uint32_t left = (up & (past ^ 1) & (d < 0)) ^ (up & entry) ^ (past & (entry >> 1));
        unsure |= up & (y <= e->by) & !(fabs(d) > bound);
        label ^= record[3 + 2 * i] & (0u - (left & 1));
    }
    int64_t n_found = 0;
    return unsure ? covering(ix, record, x, y, NULL, 0, &n_found) : label;
}

/* The entry of a point inside the box: a label, or a border record. */
static inline uint32_t descend(const index_t *ix, uint32_t entry, uint32_t x, uint32_t y) {
    int64_t shift_x = ix->shift_x, shift_y = ix->shift_y;
    while ((entry & (BORDER | BLOCK)) == (BORDER | BLOCK)) {
        int k = (int)(entry >> 27 & 7);
        shift_x -= k;
        shift_y -= k;
        uint32_t mask = (1u << k) - 1;
        uint32_t cell = ((y >> shift_y & mask) << k) + (x >> shift_x & mask);
        entry = ix->blocks[4 * (size_t)(entry & 0x7ffffffu) + cell];
    }
    return entry;
}

static inline const uint32_t *record_of(const index_t *ix, uint32_t entry) {
    return &ix->records[2 * (size_t)(entry & 0x3fffffffu)];
}

static inline int inside_box(const index_t *ix, double x, double y) {
    return (x >= ix->west) & (x <= ix->east) & (y >= ix->south) & (y <= ix->north);
}

static inline uint32_t entry_of(const index_t *ix, double x, double y) {
    uint32_t u = (uint32_t)(units(ix->magic, x) - ix->column_0);
    uint32_t v = (uint32_t)(units(ix->magic, y) - ix->row_0);
    uint64_t cell = (v >> ix->shift_y) * (uint64_t)ix->columns + (u >> ix->shift_x);
    return descend(ix, ix->root[cell], u, v);
}

/* lon, lat -> the rank of the grid, -1 outside. */
int32_t gm_locate(const index_t *ix, double x, double y) {
    if (!inside_box(ix, x, y)) return -1;
    uint32_t entry = entry_of(ix, x, y);
    if (entry & BORDER) entry = resolve(ix, record_of(ix, entry), x, y);
    return (int32_t)(entry - 1u);
}

/* All ranks that cover one point; returns how many, of which at most `room` are written. */
int64_t gm_covering(const index_t *ix, double x, double y, uint32_t *found, int64_t room) {
    if (!inside_box(ix, x, y)) return 0;
    uint32_t entry = entry_of(ix, x, y);
    int64_t n = entry && !(entry & BORDER);
    if (n && room) found[0] = entry;
    if (entry & BORDER) covering(ix, record_of(ix, entry), x, y, found, room, &n);
    return n;
}

/* Points in batches, each step for the whole batch, so that the waits for memory overlap. */
static void assign_batch(const index_t *ix, const double *x, const double *y, int32_t *out, int n) {
    uint64_t at[BATCH], outside = (uint64_t)(ix->columns * ix->rows);
    uint32_t u[BATCH], v[BATCH], entry[BATCH];
    int todo[BATCH], border[BATCH], todos = 0, borders = 0;
    for (int i = 0; i < n; i++) {
        u[i] = (uint32_t)(units(ix->magic, x[i]) - ix->column_0);
        v[i] = (uint32_t)(units(ix->magic, y[i]) - ix->row_0);
        uint64_t cell = (v[i] >> ix->shift_y) * (uint64_t)ix->columns + (u[i] >> ix->shift_x);
        at[i] = inside_box(ix, x[i], y[i]) ? cell : outside;
        __builtin_prefetch(&ix->root[at[i]]);
    }
    for (int i = 0; i < n; i++) {
        entry[i] = ix->root[at[i]];
        out[i] = (int32_t)(entry[i] - 1u);
        todo[todos] = i;
        todos += (int)(entry[i] >> 31);
    }
    for (int j = 0; j < todos; j++) {
        int i = todo[j];
        entry[i] = descend(ix, entry[i], u[i], v[i]);
        out[i] = (int32_t)(entry[i] - 1u);
        border[borders] = i;
        borders += (int)(entry[i] >> 31);
        __builtin_prefetch(record_of(ix, entry[i]));
    }
    for (int j = 0; j < borders; j++) {
        const uint32_t *record = record_of(ix, entry[border[j]]);
        __builtin_prefetch(&ix->edges[record[2] >> 2]);
        __builtin_prefetch(&ix->edges[record[2 * record[1]] >> 2]);
    }
    for (int j = 0; j < borders; j++) {
        int i = border[j];
        out[i] = (int32_t)(resolve(ix, record_of(ix, entry[i]), x[i], y[i]) - 1u);
    }
}

void gm_assign(const index_t *ix, const double *x, const double *y, int32_t *out, int64_t n) {
    for (int64_t i = 0; i < n; i += BATCH)
        assign_batch(ix, x + i, y + i, out + i, (int)(n - i < BATCH ? n - i : BATCH));
}

/* ---- building: unique edges ------------------------------------------------------------------ */

/* Large pages spare most of the waits for address translation: a quarter of the time a point. */
static void *large_pages(void *list, size_t size) {
#ifdef __linux__
    uintptr_t page = 1u << 21, first = ((uintptr_t)list + page - 1) & ~(page - 1);
    uintptr_t end = ((uintptr_t)list + size) & ~(page - 1);
    if (list && end > first) madvise((void *)first, end - first, MADV_HUGEPAGE);
#else
    (void)size;
#endif
    return list;
}

static void *grow(builder_t *b, void *list, int64_t *room, int64_t needed, size_t size) {
    if (needed <= *room || b->failed) return list;
    int64_t more = needed + needed / 2 + 1024;
    void *larger = realloc(list, (size_t)more * size);
    if (!larger) {
        b->failed = 1;
        return list;
    }
    *room = more;
    return large_pages(larger, (size_t)more * size);
}

static void *shrink(void *list, size_t size) {
    void *smaller = realloc(list, size);
    return smaller ? smaller : list;
}

static void conflict(builder_t *b, uint32_t one, uint32_t other, double x, double y) {
    index_t *ix = b->ix;
    if (one == other || ix->conflicts_n >= 1 << 22) return;
    ix->conflicts = grow(b, ix->conflicts, &b->conflicts_room, ix->conflicts_n + 1,
                         sizeof *ix->conflicts);
    if (!b->failed) ix->conflicts[ix->conflicts_n++] = (conflict_t){x, y, one, other};
}

/* A grid that passes an edge twice lies on both sides of it: the edge is no border of it. */
static void toggle(builder_t *b, int64_t id, uint32_t label) {
    owners_t *o = &b->ix->owners[id];
    const edge_t *e = &b->ix->edges[id];
    if (o->one == label) {
        o->one = o->other;
        o->other = 0;
    } else if (o->other == label) {
        o->other = 0;
    } else if (!o->one) {
        o->one = label;
    } else if (!o->other) {
        o->other = label;
    } else {
        conflict(b, label, o->one, e->ax, e->ay);
        conflict(b, label, o->other, e->ax, e->ay);
        conflict(b, o->one, o->other, e->ax, e->ay);
    }
}

static uint64_t hash(const edge_t *e) {
    uint64_t word[4], h = 0x9e3779b97f4a7c15u;
    memcpy(word, e, sizeof word);
    for (int i = 0; i < 4; i++) {
        h = (h ^ word[i]) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    return h;
}

static void unique_edges(builder_t *b, const double *xy, const int64_t *ring_start,
                         const uint32_t *ring_label, int64_t rings) {
    index_t *ix = b->ix;
    int64_t vertices = ring_start[rings], slots = 64;
    while (slots < vertices + vertices / 2) slots *= 2;
    uint32_t *table = calloc((size_t)slots, sizeof *table);
    ix->edges = malloc((size_t)(vertices + 1) * sizeof *ix->edges);
    ix->owners = calloc((size_t)vertices + 1, sizeof *ix->owners);
    large_pages(ix->edges, (size_t)(vertices + 1) * sizeof *ix->edges);
    large_pages(table, (size_t)slots * sizeof *table);
    b->failed |= !table || !ix->edges || !ix->owners || vertices >= 1 << 30;
    for (int64_t r = 0; r < rings && !b->failed; r++) {
        for (int64_t i = ring_start[r]; i + 1 < ring_start[r + 1]; i++) {
            /* + 0.0 makes one zero of the two */
            double px = xy[2 * i] + 0.0, py = xy[2 * i + 1] + 0.0;
            double qx = xy[2 * i + 2] + 0.0, qy = xy[2 * i + 3] + 0.0;
            if (px == qx && py == qy) continue;
            int up = py < qy || (py == qy && px < qx);
            edge_t e = up ? (edge_t){px, py, qx, qy} : (edge_t){qx, qy, px, py};
            uint64_t slot = hash(&e) & (uint64_t)(slots - 1);
            while (table[slot] && memcmp(&ix->edges[table[slot] - 1], &e, sizeof e))
                slot = (slot + 1) & (uint64_t)(slots - 1);
            if (!table[slot]) {
                ix->edges[ix->edges_n] = e;
                table[slot] = (uint32_t)++ix->edges_n;
            }
            toggle(b, table[slot] - 1, ring_label[r]);
        }
    }
    free(table);
    int64_t live = 0;
    for (int64_t i = 0; i < ix->edges_n && !b->failed; i++) {
        if (!ix->owners[i].one) continue;
        ix->edges[live] = ix->edges[i];
        ix->owners[live++] = ix->owners[i];
    }
    if (b->failed) return;
    ix->edges_n = live;
    ix->edges = shrink(ix->edges, (size_t)(live + 1) * sizeof *ix->edges);
    ix->owners = shrink(ix->owners, (size_t)(live + 1) * sizeof *ix->owners);
}

/* ---- building: cells ------------------------------------------------------------------------- */

static double place(const builder_t *b, int64_t first, double x) {
    return x / b->unit - (double)first + 0.5;
}

/* The lower bound of unit `u` (even) as a double; a point is in it or beyond when x >= this. */
static double bound_of(const builder_t *b, int64_t first, int64_t u) {
    return ((double)(u + first) - 0.5) * b->unit;
}

/* floor(x), held between -1 and n. */
static int64_t cell_at(double x, int64_t n) {
    if (!(x >= 0)) return -1;
    return x < (double)n ? (int64_t)x : n;
}

/* Counts the edges near each cell of a region; or, with `out`, writes them, moving `at` along.
Rounding here is far below MARGIN units: an edge is listed in every cell it touches. */
static void distribute(const builder_t *b, const region_t *g, const uint32_t *list, int64_t n,
                       uint64_t *at, uint32_t *out) {
    const index_t *ix = b->ix;
    double height = ldexp(1, (int)g->shift_y), per_row = 1 / height;
    double per_column = ldexp(1, -(int)g->shift_x);
    for (int64_t i = 0; i < n; i++) {
        uint32_t id = list ? list[i] : (uint32_t)i;
        const edge_t *e = &ix->edges[id];
        double ax = place(b, ix->column_0 + g->x, e->ax), ay = place(b, ix->row_0 + g->y, e->ay);
        double bx = place(b, ix->column_0 + g->x, e->bx), by = place(b, ix->row_0 + g->y, e->by);
        double west = fmin(ax, bx), east = fmax(ax, bx);
        double slope = by - ay > 1 ? (bx - ax) / (by - ay) : 0;
        int64_t first = cell_at((ay - MARGIN) * per_row, g->rows);
        int64_t last = cell_at((by + MARGIN) * per_row, g->rows);
        if (first < 0) first = 0;
        if (last >= g->rows) last = g->rows - 1;
        for (int64_t r = first; r <= last; r++) {
            double lo = west, hi = east;
            if (by - ay > 1) {
                double x1 = ax + (fmax((double)r * height - MARGIN, ay) - ay) * slope;
                double x2 = ax + (fmin((double)(r + 1) * height + MARGIN, by) - ay) * slope;
                lo = fmax(fmin(x1, x2), west);
                hi = fmin(fmax(x1, x2), east);
            }
            int64_t c = cell_at((lo - MARGIN) * per_column, g->columns);
            int64_t end = cell_at((hi + MARGIN) * per_column, g->columns);
            if (end >= g->columns) end = g->columns - 1;
            for (c = c < 0 ? 0 : c; c <= end; c++) {
                uint64_t *cell = &at[r * g->columns + c];
                if (out) out[*cell] = id;
                ++*cell;
            }
        }
    }
}

/* What the listed edges add to K at the corner just left of and just below (x, y). */
static uint32_t at_corner(const index_t *ix, const uint32_t *list, int64_t n, double west, double x,
                          double y) {
    uint32_t sum = 0;
    for (int64_t i = 0; i < n; i++) {
        const edge_t *e = &ix->edges[list[i]];
        int up = e->ay < y, past = e->by < y;
        int left = (up & (e->ax < west)) ^ (past & (e->bx < west));
        if (up && !past && (e->ax < x || e->bx < x))
            left ^= (e->ax < x && e->bx < x) || side(e, x, y) < 0;
        if (left) sum ^= code_of(ix, list[i]);
    }
    return sum;
}

static uint32_t cell_entry(builder_t *b, const uint32_t *list, int64_t n, uint32_t label,
                           region_t cell, double growth);

/* Walks the rows of a region from the label at its left end; `entries` is the root or NULL for the
block at `offset`. at[c] .. at[c + 1] are the edges of cell c. */
static void sweep(builder_t *b, const region_t *g, const uint32_t *list, int64_t n, uint32_t label,
                  const uint64_t *at, const uint32_t *lists, int64_t offset, double growth) {
    index_t *ix = b->ix;
    double west = bound_of(b, ix->column_0, g->x);
    for (int64_t r = 0; r < g->rows && !b->failed; r++) {
        double south = bound_of(b, ix->row_0, g->y + (r << g->shift_y));
        uint32_t here = label ^ at_corner(ix, list, n, west, west, south);
        for (int64_t c = 0; c < g->columns; c++) {
            int64_t cell = r * g->columns + c, many = (int64_t)(at[cell + 1] - at[cell]);
            uint32_t entry = here;
            if (many) {
                const uint32_t *own = lists + at[cell];
                region_t inner = {g->x + (c << g->shift_x), g->y + (r << g->shift_y), g->shift_x,
                                  g->shift_y, 1, 1};
                double left = bound_of(b, ix->column_0, inner.x);
                double right = bound_of(b, ix->column_0, inner.x + (1ll << g->shift_x));
                here ^= at_corner(ix, own, many, left, left, south);
                entry = cell_entry(b, own, many, here, inner, growth);
                here ^= at_corner(ix, own, many, left, right, south);
            }
            if (b->failed) return;
            *(offset < 0 ? &ix->root[cell] : &ix->blocks[offset + cell]) = entry;
        }
        if (offset < 0 && here) conflict(b, 0, here & ~BORDER, ix->east, south);
    }
}

/* Lists the edges of every cell of a region: at[0 .. cells] and the lists; NULL without memory. */
static uint32_t *list_cells(builder_t *b, const region_t *g, const uint32_t *list, int64_t n,
                            uint64_t **at) {
    int64_t cells = g->columns * g->rows;
    uint64_t *start = calloc((size_t)cells + 2, sizeof *start);
    *at = start;
    if (!start) return NULL;
    distribute(b, g, list, n, start + 2, NULL);
    for (int64_t c = 0; c < cells; c++) start[c + 2] += start[c + 1];
    uint32_t *lists = malloc((size_t)(start[cells + 1] + 1) * sizeof *lists);
    if (lists) distribute(b, g, list, n, start + 1, lists);
    return lists;
}

/* ---- building: is it a coverage? ------------------------------------------------------------- */

static void blame(builder_t *b, uint32_t i, uint32_t j, double x, double y) {
    const owners_t o = b->ix->owners[i], p = b->ix->owners[j];
    const uint32_t one[2] = {o.one, o.other}, other[2] = {p.one, p.other};
    for (int k = 0; k < 4; k++)
        if (one[k >> 1] && other[k & 1]) conflict(b, one[k >> 1], other[k & 1], x, y);
}

static void check_crossings(builder_t *b, const uint32_t *list, int64_t n) {
    const edge_t *edges = b->ix->edges;
    for (int64_t i = 0; i < n; i++) {
        const edge_t *e = &edges[list[i]];
        double west = fmin(e->ax, e->bx), east = fmax(e->ax, e->bx);
        for (int64_t j = i + 1; j < n; j++) {
            const edge_t *f = &edges[list[j]];
            if (f->ay > e->by || f->by < e->ay || fmin(f->ax, f->bx) > east ||
                fmax(f->ax, f->bx) < west)
                continue;
            if (side(e, f->ax, f->ay) * side(e, f->bx, f->by) < 0 &&
                side(f, e->ax, e->ay) * side(f, e->bx, e->by) < 0)
                blame(b, list[i], list[j], (fmax(west, fmin(f->ax, f->bx)) +
                                            fmin(east, fmax(f->ax, f->bx))) / 2,
                      (fmax(e->ay, f->ay) + fmin(e->by, f->by)) / 2);
        }
    }
}

/* Passing the collinear edges fan[0 .. n) leads from `label` to another; the grids that end and
begin there must be just those two. Returns the label behind, or the label itself after a conflict. */
static uint32_t pass(builder_t *b, const uint32_t *fan, int64_t n, uint32_t label, double x,
                     double y, int *good) {
    uint32_t behind = label;
    int64_t owners = 0, known = 0;
    for (int64_t i = 0; i < n; i++) behind ^= code_of(b->ix, fan[i]);
    for (int64_t i = 0; i < n; i++) {
        const uint32_t both[2] = {b->ix->owners[fan[i]].one, b->ix->owners[fan[i]].other};
        for (int k = 0; k < 2; k++) {
            owners += both[k] != 0;
            known += both[k] != 0 && (both[k] == label || both[k] == behind);
        }
    }
    int64_t expected = (label != 0) + (behind != 0);
    *good = label == behind ? owners == 0 : owners == expected && known == expected;
    for (int64_t i = 0; i < n && !*good; i++) {
        conflict(b, b->ix->owners[fan[i]].one, label, x, y);
        conflict(b, b->ix->owners[fan[i]].other, label, x, y);
        for (int64_t j = 0; j < n; j++) blame(b, fan[i], fan[j], x, y);
    }
    return behind;
}

/* The edges that leave (x, y) upwards, from left to right, must lead from grid to grid. */
static void check_vertex(builder_t *b, const uint32_t *list, int64_t n, uint32_t label, double west,
                         double x, double y, uint32_t *fan) {
    const index_t *ix = b->ix;
    int64_t many = 0;
    for (int64_t i = 0; i < n; i++) {
        const edge_t *e = &ix->edges[list[i]];
        int up = e->ay <= y, past = e->by <= y, left = 0;
        if (up && !past) {
            int turn = side(e, x, y);
            left = turn < 0;
            if (turn == 0) {
                int64_t k = many++;
                while (k > 0 && side(&ix->edges[fan[k - 1]], e->bx, e->by) > 0) {
                    fan[k] = fan[k - 1];
                    k--;
                }
                fan[k] = list[i];
            }
        }
        left ^= (up & (e->ax < west)) ^ (past & (e->bx < west));
        if (left) label ^= code_of(ix, list[i]);
    }
    int good = 1;
    for (int64_t i = 0, end; i < many && good; i = end) {
        for (end = i + 1; end < many; end++) {
            const edge_t *f = &ix->edges[fan[end]];
            if (side(&ix->edges[fan[i]], f->bx, f->by)) break;
        }
        label = pass(b, fan + i, end - i, label, x, y, &good);
    }
}

/* No two edges cross, and the labels around every vertex fit: then the grids do not overlap.
Labels change only at edges, and along an edge only at vertices that touch it. */
static void check_cell(builder_t *b, const uint32_t *list, int64_t n, uint32_t label,
                       const region_t *g) {
    const index_t *ix = b->ix;
    double west = bound_of(b, ix->column_0, g->x), south = bound_of(b, ix->row_0, g->y);
    double east = bound_of(b, ix->column_0, g->x + (1ll << g->shift_x));
    double north = bound_of(b, ix->row_0, g->y + (1ll << g->shift_y));
    uint32_t few[64], *fan = n <= 64 ? few : malloc((size_t)n * sizeof *fan);
    if (!fan) b->failed = 1;
    check_crossings(b, list, n);
    for (int64_t i = 0; i < 2 * n && !b->failed; i++) {
        const edge_t *e = &ix->edges[list[i / 2]];
        double x = i & 1 ? e->bx : e->ax, y = i & 1 ? e->by : e->ay;
        if (x < west || x >= east || y < south || y >= north) continue;
        int seen = 0;
        for (int64_t j = 0; j < i / 2 && !seen; j++) {
            const edge_t *f = &ix->edges[list[j]];
            seen = (f->ax == x && f->ay == y) || (f->bx == x && f->by == y);
        }
        if (!seen) check_vertex(b, list, n, label, west, x, y, fan);
    }
    if (fan != few) free(fan);
}

/* ---- building: entries ----------------------------------------------------------------------- */

static uint32_t record_entry(builder_t *b, const uint32_t *list, int64_t n, uint32_t label,
                             const region_t *g) {
    index_t *ix = b->ix;
    int64_t at = ix->records_n;
    double west = bound_of(b, ix->column_0, g->x);
    check_cell(b, list, n, label, g);
    ix->records = grow(b, ix->records, &b->records_room, at + 2 + 2 * n, sizeof *ix->records);
    b->failed |= at >= 1ll << 31;
    if (b->failed) return 0;
    ix->records[at] = label;
    ix->records[at + 1] = (uint32_t)n;
    for (int64_t i = 0; i < n; i++) {
        const edge_t *e = &ix->edges[list[i]];
        uint32_t flags = (e->ax < west ? ABOVE_A : 0u) | (e->bx < west ? ABOVE_B : 0u);
        ix->records[at + 2 + 2 * i] = list[i] << 2 | flags;
        ix->records[at + 3 + 2 * i] = code_of(ix, list[i]);
    }
    ix->records_n = at + 2 + 2 * n;
    return BORDER | (uint32_t)(at / 2);
}

static uint32_t block_entry(builder_t *b, const region_t *g, const uint32_t *list, int64_t n,
                            uint32_t label, const uint64_t *at, const uint32_t *lists, int64_t k,
                            double growth) {
    index_t *ix = b->ix;
    int64_t offset = ix->blocks_n, cells = 1ll << 2 * k;
    ix->blocks = grow(b, ix->blocks, &b->blocks_room, offset + cells, sizeof *ix->blocks);
    b->failed |= offset >= 4ll << 27;
    if (b->failed) return 0;
    ix->blocks_n += cells;
    sweep(b, g, list, n, label, at, lists, offset, growth);
    return BORDER | BLOCK | (uint32_t)k << 27 | (uint32_t)(offset / 4);
}

/* Divides a cell into 1 << k by 1 << k, k as fits its edges, unless that multiplies their lists too
much; a smaller k multiplies them less. */
static uint32_t cell_entry(builder_t *b, const uint32_t *list, int64_t n, uint32_t label,
                           region_t g, double growth) {
    int64_t k = 1, finest = g.shift_x < g.shift_y ? g.shift_x : g.shift_y;
    while (k < LARGEST_BLOCK && (1ll << 2 * k) < 2 * n) k++;
    if (k > finest - FINEST) k = finest - FINEST;
    for (; n > b->leaf && k > 0; k = k > 1 ? 1 : 0) {
        region_t inner = {g.x, g.y, g.shift_x - k, g.shift_y - k, 1ll << k, 1ll << k};
        uint64_t *at;
        uint32_t *lists = list_cells(b, &inner, list, n, &at);
        double larger = lists ? growth * (double)at[1ll << 2 * k] / (double)n : 0;
        uint32_t entry = 0;
        if (lists && larger <= MOST_GROWTH)
            entry = block_entry(b, &inner, list, n, label, at, lists, k, larger);
        free(lists);
        free(at);
        b->failed |= !lists;
        if (b->failed || larger <= MOST_GROWTH) return entry;
    }
    return record_entry(b, list, n, label, &g);
}

/* Units so fine that a billion span the territory, yet no finer than doubles are there. */
static void choose_frame(builder_t *b, double cells_per_edge) {
    index_t *ix = b->ix;
    ix->west = ix->south = INFINITY;
    ix->east = ix->north = -INFINITY;
    for (int64_t i = 0; i < ix->edges_n; i++) {
        const edge_t *e = &ix->edges[i];
        ix->west = fmin(ix->west, fmin(e->ax, e->bx));
        ix->east = fmax(ix->east, fmax(e->ax, e->bx));
        ix->south = fmin(ix->south, e->ay);
        ix->north = fmax(ix->north, e->by);
    }
    ix->columns = ix->rows = 1;
    ix->shift_x = ix->shift_y = 31;
    if (!ix->edges_n) return;
    double width = ix->east - ix->west, height = ix->north - ix->south, largest;
    largest = fmax(fmax(fabs(ix->west), fabs(ix->east)), fmax(fabs(ix->south), fabs(ix->north)));
    int power;
    frexp(fmax(fmax(fmax(width, height) * 0x1p-30, largest * 0x1p-49), 0x1p-1000), &power);
    b->unit = ldexp(1, power);
    ix->magic = 0x1.8p52 * b->unit;
    ix->column_0 = (units(ix->magic, ix->west) - 16) & ~1ll;
    ix->row_0 = (units(ix->magic, ix->south) - 16) & ~1ll;
    int64_t wide = units(ix->magic, ix->east) - ix->column_0 + 16;
    int64_t high = units(ix->magic, ix->north) - ix->row_0 + 16;
    double wanted = cells_per_edge * (double)ix->edges_n;
    double area = (double)wide * (double)high / wanted;
    int total = (int)floor(log2(fmax(area, 1)) + 0.5);
    for (;; total++) {
        ix->shift_x = (total + 1) / 2 < FINEST ? FINEST : (total + 1) / 2;
        ix->shift_y = total / 2 < FINEST ? FINEST : total / 2;
        ix->columns = (wide >> ix->shift_x) + 1;
        ix->rows = (high >> ix->shift_y) + 1;
        if ((double)ix->columns * (double)ix->rows <= 3 * wanted + 1024) return;
    }
}

void gm_free(index_t *ix) {
    free(ix->root);
    free(ix->blocks);
    free(ix->records);
    free(ix->edges);
    free(ix->owners);
    free(ix->conflicts);
    memset(ix, 0, sizeof *ix);
}

/* Fills *ix from rings of x, y pairs (closed; ring r is ring_start[r] .. ring_start[r + 1]) and the
label of each. Returns 0; 1 without memory, then *ix is empty. With conflicts the index is void. */
int32_t gm_build(index_t *ix, const double *xy, const int64_t *ring_start,
                 const uint32_t *ring_label, int64_t rings, double cells_per_edge, int64_t leaf) {
    memset(ix, 0, sizeof *ix);
    builder_t b = {.ix = ix, .leaf = leaf};
    unique_edges(&b, xy, ring_start, ring_label, rings);
    if (!b.failed) choose_frame(&b, cells_per_edge);
    ix->root = calloc((size_t)(ix->columns * ix->rows) + 1, sizeof *ix->root);
    large_pages(ix->root, (size_t)(ix->columns * ix->rows) * sizeof *ix->root);
    b.failed |= !ix->root;
    if (!b.failed && ix->edges_n) {
        region_t all = {0, 0, ix->shift_x, ix->shift_y, ix->columns, ix->rows};
        uint64_t *at;
        uint32_t *lists = list_cells(&b, &all, NULL, ix->edges_n, &at);
        if (lists) sweep(&b, &all, NULL, 0, 0, at, lists, -1, 1);
        b.failed |= !lists;
        free(lists);
        free(at);
    }
    if (b.failed) {
        gm_free(ix);
        return 1;
    }
    ix->blocks = shrink(ix->blocks, (size_t)(ix->blocks_n + 1) * sizeof *ix->blocks);
    ix->records = shrink(ix->records, (size_t)(ix->records_n + 1) * sizeof *ix->records);
    return 0;
}
