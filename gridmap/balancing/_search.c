/* The search of gridmap.balancing: divisions of one village, improved by chance and by measure.

   A division labels n units with k grids. Its energy is the sum over its grids of

       range    * how far the weight lies outside of [low, high], in targets, and a step at the edge
       balance  * (weight / target - 1)^2
       shape    * perimeter^2 / (4 pi area)                    (1 for a disc: Polsby-Popper inverted)
       lacking  * how many kinds of facilities are not in it

   where the weight of a grid with a capacity is its weight by its capacity (two officers: 2),

   and over the village of

       border   * cost of the borders between grids            (metres, less along streets and rivers)
       away     * what the units cost that are not in the grid they are in today.

   Three moves, each accepted by Metropolis' rule at a temperature that falls: a unit on a border
   changes sides; two units on one border change places; two neighbours are joined, a random
   spanning tree is drawn over their units, and the tree is cut at the edge that leaves the least
   energy, which is known for all its edges at once from sums over subtrees. The last is the step
   of recursive combination (DeFord, Duchin, Solomon 2021) with the cut chosen by energy.
   A grid stays connected through open contacts.

   Nothing here allocates more than some arrays of the length of the village, and nothing is kept
   between calls: the caller owns every array, and the state of the random numbers. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef SOURCE
#define SOURCE 0
#endif

#define PI 3.14159265358979323846
#define KINDS 8

typedef struct {
    int64_t n, k;
    const int64_t *start;            /* contacts of unit u: start[u] .. start[u + 1] */
    const int32_t *other;
    const double *length, *cost;
    const uint8_t *open;
    const double *weight, *area, *outline, *away;
    const int32_t *present;          /* -1: none */
    const double *capacity;          /* of each grid; NULL: all are alike */
    int64_t kinds;                   /* of facilities, at most KINDS */
    const double *facility;          /* of unit u: facility[u * kinds] .. */
    double low, high, target;
    double range, balance, shape, border, lacking;
    uint64_t random[2];
    int32_t *label;
} village_t;

/* What is summed over subtrees; the facilities follow. */
enum { WEIGHT, AREA, AROUND, CUT, COST, AWAY_A, AWAY_B, FACILITY, SUMS = FACILITY + KINDS };

typedef struct {
    const village_t *v;
    int32_t *label;
    double *weight, *area, *perimeter; /* of each grid */
    double *facility;                  /* of each grid, by kind */
    double *worth;                     /* the energy of each grid, but for what it lacks */
    int32_t *count;
    double *total;                     /* length of all contacts of a unit */
    int32_t *stamp, *queue, *local;    /* of each unit; the stamps of one search are equal */
    int32_t epoch;
    uint64_t s0, s1;
    /* for trees over two grids */
    int32_t *parent, *order, *root, *depth, *first, *next, *head;
    int32_t *edge_a, *edge_b, *rank;
    uint8_t *bucket;
    double *natural;                   /* of each contact: how much of it follows a line */
    double *sum;
    double energy;
} search_t;

/* ---- random numbers: xoroshiro128+ (Blackman and Vigna) ---- */

static inline uint64_t turn(uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }

static inline uint64_t draw(search_t *s) {
    const uint64_t s0 = s->s0, value = s0 + s->s1, mixed = s->s1 ^ s0;
    s->s0 = turn(s0, 24) ^ mixed ^ (mixed << 16);
    s->s1 = turn(mixed, 37);
    return value;
}

static inline double uniform(search_t *s) { return (double)(draw(s) >> 11) * 0x1.0p-53; }

static inline int64_t below(search_t *s, int64_t n) {
    return (int64_t)(((draw(s) >> 32) * (uint64_t)n) >> 32);
}

static inline int accepts(search_t *s, double rise, double temperature) {
    if (rise <= 0) return 1;
    if (rise > 20 * temperature) return 0;
    return rise < -temperature * log(1.0 - uniform(s));
}

/* ---- energy ---- */

static inline double shape_energy(const village_t *v, double perimeter, double area) {
    return v->shape > 0 && area > 0 ? v->shape * perimeter * perimeter / (4 * PI * area) : 0;
}

static inline double load_energy(const village_t *v, int32_t grid, double weight) {
    const double load = v->capacity ? weight / v->capacity[grid] : weight;
    const double off = load / v->target - 1;
    double energy = v->balance * off * off;
    if (load < v->low) energy += v->range * (0.15 + (v->low - load) / v->target);
    else if (load > v->high) energy += v->range * (0.15 + (load - v->high) / v->target);
    return energy;
}

static inline double grid_energy(const village_t *v, int32_t grid, double weight, double perimeter, double area) {
    return load_energy(v, grid, weight) + shape_energy(v, perimeter, area);
}

static inline double lacking_energy(const village_t *v, const double *has) {
    double energy = 0;
    for (int64_t kind = 0; kind < v->kinds; kind++) energy += has[kind] > 0 ? 0 : v->lacking;
    return energy;
}

/* What changes of it when so many facilities more go from one grid to another than come back. */
static inline double lacking_rise(const search_t *s, int32_t from, int32_t to, const double *moving) {
    const village_t *v = s->v;
    double energy = 0;
    for (int64_t kind = 0; kind < v->kinds; kind++) {
        const double here = s->facility[from * v->kinds + kind], there = s->facility[to * v->kinds + kind];
        energy += v->lacking * ((here > 0) - (here - moving[kind] > 0) + (there > 0) - (there + moving[kind] > 0));
    }
    return energy;
}

static inline double away_in(const village_t *v, int64_t u, int32_t grid) {
    return v->present[u] >= 0 && v->present[u] != grid ? v->away[u] : 0;
}

static double whole_energy(search_t *s) {
    const village_t *v = s->v;
    double energy = 0;
    for (int64_t g = 0; g < v->k; g++)
        energy += s->worth[g] + lacking_energy(v, s->facility + g * v->kinds);
    for (int64_t u = 0; u < v->n; u++) {
        energy += away_in(v, u, s->label[u]);
        for (int64_t i = v->start[u]; i < v->start[u + 1]; i++)
            if (s->label[v->other[i]] > s->label[u]) energy += v->border * v->cost[i];
    }
    return energy;
}

/* ---- setting up ---- */

static void measure(search_t *s) {
    const village_t *v = s->v;
    memset(s->weight, 0, sizeof(double) * (size_t)v->k);
    memset(s->area, 0, sizeof(double) * (size_t)v->k);
    memset(s->perimeter, 0, sizeof(double) * (size_t)v->k);
    memset(s->count, 0, sizeof(int32_t) * (size_t)v->k);
    memset(s->facility, 0, sizeof(double) * (size_t)(v->k * v->kinds));
    for (int64_t u = 0; u < v->n; u++) {
        const int32_t g = s->label[u];
        double inside = 0, all = 0;
        for (int64_t i = v->start[u]; i < v->start[u + 1]; i++) {
            all += v->length[i];
            s->natural[i] = v->length[i] > 0 ? 1 - v->cost[i] / v->length[i] : 0;
            if (s->label[v->other[i]] == g) inside += v->length[i];
        }
        s->total[u] = all;
        s->weight[g] += v->weight[u];
        s->area[g] += v->area[u];
        s->perimeter[g] += v->outline[u] + all - inside;
        s->count[g]++;
        for (int64_t kind = 0; kind < v->kinds; kind++)
            s->facility[g * v->kinds + kind] += v->facility[u * v->kinds + kind];
    }
    for (int64_t g = 0; g < v->k; g++)
        s->worth[g] = grid_energy(v, (int32_t)g, s->weight[g], s->perimeter[g], s->area[g]);
    s->energy = whole_energy(s);
}

static char *take(char **memory, int64_t bytes) {
    char *here = *memory;
    *memory += (bytes + 15) & ~(int64_t)15;
    return here;
}

static void *lay_out(search_t *s, char *memory) {
    /* Called twice: to learn how much memory is needed, and to hand it out. */
    const int64_t n = s->v->n, k = s->v->k, half = s->v->start[n] / 2 + 1, m = half > n ? half : n;
    char *at = memory;
    s->weight = (double *)take(&at, 8 * k);
    s->area = (double *)take(&at, 8 * k);
    s->perimeter = (double *)take(&at, 8 * k);
    s->worth = (double *)take(&at, 8 * k);
    s->total = (double *)take(&at, 8 * n);
    s->natural = (double *)take(&at, 8 * s->v->start[n]);
    s->bucket = (uint8_t *)take(&at, m);
    s->sum = (double *)take(&at, 8 * SUMS * n);
    s->count = (int32_t *)take(&at, 4 * k);
    s->stamp = (int32_t *)take(&at, 4 * n);
    s->queue = (int32_t *)take(&at, 4 * n);
    s->local = (int32_t *)take(&at, 4 * n);
    s->parent = (int32_t *)take(&at, 4 * n);
    s->order = (int32_t *)take(&at, 4 * n);
    s->root = (int32_t *)take(&at, 4 * n);
    s->depth = (int32_t *)take(&at, 4 * n);
    s->head = (int32_t *)take(&at, 4 * n);
    s->first = (int32_t *)take(&at, 4 * 2 * n);
    s->next = (int32_t *)take(&at, 4 * 2 * n);
    s->edge_a = (int32_t *)take(&at, 4 * m);
    s->edge_b = (int32_t *)take(&at, 4 * m);
    s->rank = (int32_t *)take(&at, 4 * m);
    s->facility = (double *)take(&at, 8 * k * s->v->kinds);
    return at;
}

static void *open_search(search_t *s, const village_t *v) {
    memset(s, 0, sizeof *s);
    s->v = v;
    const size_t bytes = (size_t)((char *)lay_out(s, NULL) - (char *)NULL);
    char *memory = calloc(bytes ? bytes : 1, 1);
    if (!memory) return NULL;
    lay_out(s, memory);
    s->label = v->label;
    s->s0 = v->random[0];
    s->s1 = v->random[1];
    measure(s);
    return memory;
}

static double close_search(search_t *s, village_t *v, void *memory) {
    v->random[0] = s->s0;
    v->random[1] = s->s1;
    const double energy = whole_energy(s);
    free(memory);
    return energy;
}

/* ---- does a grid stay whole without a unit? ---- */

static int32_t fresh(search_t *s) {
    if (s->epoch > INT32_MAX - 4) {
        memset(s->stamp, 0, sizeof(int32_t) * (size_t)s->v->n);
        s->epoch = 0;
    }
    return s->epoch += 2;
}

static int stays_whole(search_t *s, int64_t u) {
    /* The neighbours of u in its grid must reach one another without u. Mostly they touch. */
    const village_t *v = s->v;
    const int32_t grid = s->label[u], sought = fresh(s), seen = sought + 1;
    int64_t wanted = 0;
    int32_t from = -1;
    for (int64_t i = v->start[u]; i < v->start[u + 1]; i++) {
        const int32_t w = v->other[i];
        if (v->open[i] && s->label[w] == grid) {
            s->stamp[w] = sought;
            from = w;
            wanted++;
        }
    }
    if (wanted == 0) return 0;
    if (wanted == 1) return 1;
    int64_t head = 0, tail = 0, found = 1, near;
    s->stamp[u] = seen;
    s->stamp[from] = seen;
    s->queue[tail++] = from;
    /* Breadth first, those that are sought before all others: they are put to the front. */
    while (head < tail) {
        const int32_t w = s->queue[head++];
        near = head;
        for (int64_t i = v->start[w]; i < v->start[w + 1]; i++) {
            const int32_t x = v->other[i];
            if (!v->open[i] || s->label[x] != grid || s->stamp[x] == seen) continue;
            const int hit = s->stamp[x] == sought;
            s->stamp[x] = seen;
            s->queue[tail++] = x;
            if (hit) {
                if (++found == wanted) return 1;
                s->queue[tail - 1] = s->queue[near];
                s->queue[near++] = x;
            }
        }
    }
    return 0;
}

/* ---- a unit changes sides, or two change places ---- */

/* What a unit borders on: how much on the grid it is in, and on the one it may go to. */
typedef struct {
    double around, with_from, with_to, cost;
} edges_t;

static inline edges_t edges_of(const search_t *s, int64_t u, int32_t from, int32_t to) {
    const village_t *v = s->v;
    edges_t e = {v->outline[u] + s->total[u], 0, 0, 0};
    for (int64_t i = v->start[u]; i < v->start[u + 1]; i++) {
        const int32_t g = s->label[v->other[i]];
        if (g == from) {
            e.with_from += v->length[i];
            e.cost += v->cost[i];
        } else if (g == to) {
            e.with_to += v->length[i];
            e.cost -= v->cost[i];
        }
    }
    return e;
}

/* What two grids are after a change, and by how much the energy rises. */
typedef struct {
    double weight_from, weight_to, area_from, area_to, perimeter_from, perimeter_to;
    double energy_from, energy_to, rise;
} change_t;

static inline void price(const search_t *s, change_t *c, int32_t from, int32_t to, double rest) {
    const village_t *v = s->v;
    c->energy_from = grid_energy(v, from, c->weight_from, c->perimeter_from, c->area_from);
    c->energy_to = grid_energy(v, to, c->weight_to, c->perimeter_to, c->area_to);
    c->rise = c->energy_from - s->worth[from] + c->energy_to - s->worth[to] + rest;
}

static inline change_t weigh_flip(const search_t *s, int64_t u, int32_t to) {
    const village_t *v = s->v;
    const int32_t from = s->label[u];
    const edges_t e = edges_of(s, u, from, to);
    change_t c = {
        s->weight[from] - v->weight[u], s->weight[to] + v->weight[u],
        s->area[from] - v->area[u], s->area[to] + v->area[u],
        s->perimeter[from] - e.around + 2 * e.with_from, s->perimeter[to] + e.around - 2 * e.with_to,
        0, 0, 0,
    };
    price(s, &c, from, to, v->border * e.cost + away_in(v, u, to) - away_in(v, u, from)
          + (v->kinds ? lacking_rise(s, from, to, v->facility + u * v->kinds) : 0));
    return c;
}

static inline change_t weigh_swap(const search_t *s, int64_t u, int64_t w) {
    const village_t *v = s->v;
    const int32_t from = s->label[u], to = s->label[w];
    const edges_t e = edges_of(s, u, from, to), f = edges_of(s, w, to, from);
    double between = 0, cost = 0; /* what u and w share stays a border */
    for (int64_t i = v->start[u]; i < v->start[u + 1]; i++)
        if (v->other[i] == w) { between += v->length[i]; cost += v->cost[i]; }
    const double weight = v->weight[u] - v->weight[w], area = v->area[u] - v->area[w];
    change_t c = {
        s->weight[from] - weight, s->weight[to] + weight, s->area[from] - area, s->area[to] + area,
        s->perimeter[from] - e.around + 2 * e.with_from + f.around - 2 * f.with_to + 2 * between,
        s->perimeter[to] + e.around - 2 * e.with_to - f.around + 2 * f.with_from + 2 * between,
        0, 0, 0,
    };
    double rest = v->border * (e.cost + f.cost + 2 * cost)
                + away_in(v, u, to) - away_in(v, u, from) + away_in(v, w, from) - away_in(v, w, to);
    if (v->kinds) {
        double moving[KINDS];
        for (int64_t kind = 0; kind < v->kinds; kind++)
            moving[kind] = v->facility[u * v->kinds + kind] - v->facility[w * v->kinds + kind];
        rest += lacking_rise(s, from, to, moving);
    }
    price(s, &c, from, to, rest);
    return c;
}

static inline void settle(search_t *s, int32_t from, int32_t to, const change_t *c) {
    s->weight[from] = c->weight_from;
    s->weight[to] = c->weight_to;
    s->area[from] = c->area_from;
    s->area[to] = c->area_to;
    s->perimeter[from] = c->perimeter_from;
    s->perimeter[to] = c->perimeter_to;
    s->worth[from] = c->energy_from;
    s->worth[to] = c->energy_to;
    s->energy += c->rise;
}

static inline void carry(search_t *s, int64_t u, int32_t to) {
    const village_t *v = s->v;
    const int32_t from = s->label[u];
    for (int64_t kind = 0; kind < v->kinds; kind++) {
        s->facility[from * v->kinds + kind] -= v->facility[u * v->kinds + kind];
        s->facility[to * v->kinds + kind] += v->facility[u * v->kinds + kind];
    }
    s->count[from]--;
    s->count[to]++;
    s->label[u] = to;
}

static int may_leave(search_t *s, int64_t u) {
    return s->count[s->label[u]] > 1 && stays_whole(s, u);
}

static int flip_if(search_t *s, int64_t u, int32_t to, const change_t *c) {
    if (!may_leave(s, u)) return 0;
    settle(s, s->label[u], to, c);
    carry(s, u, to);
    return 1;
}

static int try_flip(search_t *s, int64_t u, int32_t to, double temperature) {
    const change_t c = weigh_flip(s, u, to);
    return accepts(s, c.rise, temperature) && flip_if(s, u, to, &c);
}

static int touches(const search_t *s, int64_t u, int32_t grid) {
    for (int64_t i = s->v->start[u]; i < s->v->start[u + 1]; i++)
        if (s->v->open[i] && s->label[s->v->other[i]] == grid) return 1;
    return 0;
}

static int try_swap(search_t *s, int64_t u, int32_t to, double temperature) {
    /* u goes over, and a unit that is found by a short walk along the border comes back. */
    const village_t *v = s->v;
    const int32_t from = s->label[u];
    int64_t w = u;
    for (int step = 0; step < 6; step++) {
        const int64_t degree = v->start[w + 1] - v->start[w];
        const int32_t x = v->other[v->start[w] + below(s, degree)];
        if (s->label[x] == to || (s->label[x] == from && w == u)) w = x;
    }
    if (s->label[w] != to) return 0;
    const change_t c = weigh_swap(s, u, w);
    if (!accepts(s, c.rise, temperature) || !may_leave(s, u)) return 0;
    carry(s, u, to);
    if (touches(s, w, from) && stays_whole(s, w)) {
        carry(s, w, from);
        settle(s, from, to, &c);
        return 1;
    }
    carry(s, u, from);
    return 0;
}

/* ---- two grids are joined and cut anew ---- */

static int64_t collect(search_t *s, int64_t u, int32_t a, int32_t b) {
    /* The units of two grids, in s->order; s->local tells their place in it. */
    const village_t *v = s->v;
    const int32_t seen = fresh(s);
    int64_t count = 0;
    s->stamp[u] = seen;
    s->order[count] = (int32_t)u;
    s->local[u] = (int32_t)count++;
    for (int64_t head = 0; head < count; head++) {
        const int32_t w = s->order[head];
        for (int64_t i = v->start[w]; i < v->start[w + 1]; i++) {
            const int32_t x = v->other[i];
            if (!v->open[i] || s->stamp[x] == seen || (s->label[x] != a && s->label[x] != b)) continue;
            s->stamp[x] = seen;
            s->order[count] = x;
            s->local[x] = (int32_t)count++;
        }
    }
    return count;
}

static void sort_edges(search_t *s, int64_t edges) {
    /* By key, of which the first eight bits count: ties are as random as the keys. */
    enum { BUCKETS = 256 };
    int32_t first[BUCKETS + 1];
    memset(first, 0, sizeof first);
    for (int64_t e = 0; e < edges; e++) first[s->bucket[e] + 1]++;
    for (int b = 0; b < BUCKETS; b++) first[b + 1] += first[b];
    for (int64_t e = 0; e < edges; e++) s->rank[first[s->bucket[e]]++] = (int32_t)e;
}

static inline int32_t root_of(int32_t *root, int32_t i) {
    while (root[i] != i) {
        root[i] = root[root[i]];
        i = root[i];
    }
    return i;
}

static void grow_tree(search_t *s, int64_t count, double bias) {
    /* Kruskal over random keys; edges over streets come late, so that cuts fall on streets. The
       units in s->order are sorted so that parents come first; s->parent and s->depth tell the
       rest, by place in the new order. */
    const village_t *v = s->v;
    const int32_t seen = s->stamp[s->order[0]];
    const double scale = 255 / (1 + bias);
    int64_t edges = 0;
    for (int64_t i = 0; i < count; i++) {
        const int32_t u = s->order[i];
        s->root[i] = (int32_t)i;
        s->head[i] = -1;
        for (int64_t c = v->start[u]; c < v->start[u + 1]; c++) {
            const int32_t w = v->other[c];
            if (!v->open[c] || s->stamp[w] != seen || w < u) continue;
            s->edge_a[edges] = (int32_t)i;
            s->edge_b[edges] = s->local[w];
            s->bucket[edges++] = (uint8_t)((uniform(s) + bias * s->natural[c]) * scale);
        }
    }
    sort_edges(s, edges);
    int32_t arcs = 0;
    for (int64_t e = 0; e < edges && arcs < 2 * (count - 1); e++) {
        const int32_t i = s->edge_a[s->rank[e]], j = s->edge_b[s->rank[e]];
        const int32_t p = root_of(s->root, i), q = root_of(s->root, j);
        if (p == q) continue;
        s->root[p] = q;
        s->first[arcs] = j; s->next[arcs] = s->head[i]; s->head[i] = arcs++;
        s->first[arcs] = i; s->next[arcs] = s->head[j]; s->head[j] = arcs++;
    }
    /* Parents first: s->root is free again and becomes the old place of each new one. */
    int32_t *old = s->root, *place = s->rank;
    s->depth[0] = 0; s->parent[0] = -1; old[0] = 0; place[0] = 0;
    int64_t filled = 1;
    for (int64_t head = 0; head < filled; head++)
        for (int32_t arc = s->head[old[head]]; arc >= 0; arc = s->next[arc]) {
            const int32_t to = s->first[arc];
            if (head && to == old[s->parent[head]]) continue;
            old[filled] = to;
            s->parent[filled] = (int32_t)head;
            s->depth[filled++] = s->depth[head] + 1;
        }
    for (int64_t i = 0; i < count; i++) place[i] = s->order[old[i]];
    for (int64_t i = 0; i < count; i++) {
        s->order[i] = place[i];
        s->local[place[i]] = (int32_t)i;
    }
}

static void sum_subtrees(search_t *s, int64_t count, int32_t a, int32_t b) {
    const village_t *v = s->v;
    const int32_t seen = s->stamp[s->order[0]];
    for (int64_t i = 0; i < count; i++) {
        const int32_t u = s->order[i];
        double *sum = s->sum + SUMS * i;
        sum[WEIGHT] = v->weight[u];
        sum[AREA] = v->area[u];
        sum[AROUND] = v->outline[u];
        sum[CUT] = sum[COST] = 0;
        sum[AWAY_A] = away_in(v, u, a);
        sum[AWAY_B] = away_in(v, u, b);
        for (int64_t kind = 0; kind < v->kinds; kind++)
            sum[FACILITY + kind] = v->facility[u * v->kinds + kind];
    }
    for (int64_t i = 0; i < count; i++) {
        const int32_t u = s->order[i];
        for (int64_t c = v->start[u]; c < v->start[u + 1]; c++) {
            const int32_t w = v->other[c];
            if (s->stamp[w] != seen) { s->sum[SUMS * i + AROUND] += v->length[c]; continue; }
            int64_t j = s->local[w], x = i;
            if (j <= i) continue;
            s->sum[SUMS * i + CUT] += v->length[c];
            s->sum[SUMS * i + COST] += v->cost[c];
            s->sum[SUMS * j + CUT] += v->length[c];
            s->sum[SUMS * j + COST] += v->cost[c];
            /* Within the subtree of their last common ancestor the contact is inside. */
            while (x != j) {
                if (s->depth[x] < s->depth[j]) j = s->parent[j];
                else x = s->parent[x];
            }
            s->sum[SUMS * x + CUT] -= 2 * v->length[c];
            s->sum[SUMS * x + COST] -= 2 * v->cost[c];
        }
    }
    for (int64_t i = count - 1; i > 0; i--)
        for (int64_t q = 0; q < FACILITY + v->kinds; q++)
            s->sum[SUMS * s->parent[i] + q] += s->sum[SUMS * i + q];
}

/* The energy of two grids when the part below place i is one of them and the rest the other, but
   for what depends on which of them is a. */
static double cut_energy(const search_t *s, const double *part) {
    const village_t *v = s->v;
    const double *all = s->sum;
    double energy = v->border * part[COST]
                  + shape_energy(v, part[AROUND] + part[CUT], part[AREA])
                  + shape_energy(v, all[AROUND] - part[AROUND] + part[CUT], all[AREA] - part[AREA]);
    for (int64_t kind = 0; kind < v->kinds; kind++) {
        const double below_ = part[FACILITY + kind];
        energy += (below_ > 0 ? 0 : v->lacking) + (all[FACILITY + kind] - below_ > 0 ? 0 : v->lacking);
    }
    return energy;
}

static int64_t best_cut(search_t *s, int64_t count, int32_t a, int32_t b, double temperature, double *energy) {
    /* The place above which is to be cut: what hangs below becomes a; negative: it becomes b. */
    const village_t *v = s->v;
    const double *all = s->sum;
    int64_t best = 0;
    double least = INFINITY;
    for (int64_t i = 1; i < count; i++) {
        const double *part = s->sum + SUMS * i;
        const double rest = all[WEIGHT] - part[WEIGHT];
        double as_a = part[AWAY_A] + all[AWAY_B] - part[AWAY_B];
        double as_b = part[AWAY_B] + all[AWAY_A] - part[AWAY_A];
        const double load = load_energy(v, a, part[WEIGHT]) + load_energy(v, b, rest);
        as_a += load;
        as_b += v->capacity ? load_energy(v, b, part[WEIGHT]) + load_energy(v, a, rest) : load;
        const double here = cut_energy(s, part) + (as_a <= as_b ? as_a : as_b);
        if (here - 20 * temperature >= least) continue;
        /* The least of these is drawn as by Boltzmann's law (Gumbel's trick). */
        const double drawn = here + temperature * log(-log(1 - uniform(s) * 0.999999 - 1e-9));
        if (drawn < least) { least = drawn; best = as_a <= as_b ? i : -i; *energy = here; }
    }
    return best;
}

static int64_t cut_at(const search_t *s, int64_t count, double share, double *worst) {
    /* The place whose part below has about this share of the weight, with a short border;
       negative: what is above has it. */
    const double *all = s->sum;
    int64_t best = 0;
    *worst = INFINITY;
    for (int64_t i = 1; i < count; i++) {
        const double *part = s->sum + SUMS * i;
        const double below_ = part[WEIGHT] / all[WEIGHT] - share;
        const double above = 1 - part[WEIGHT] / all[WEIGHT] - share;
        const double off = fabs(below_) < fabs(above) ? below_ : above;
        const double here = 40 * off * off + 0.5 * s->v->border * part[COST];
        if (here < *worst) { *worst = here; best = fabs(below_) < fabs(above) ? i : -i; }
    }
    return best;
}

static void relabel(search_t *s, int64_t count, int64_t cut, int32_t a, int32_t b) {
    /* What hangs below the cut becomes a (b, when the cut is negative), the rest the other one. */
    const village_t *v = s->v;
    const int64_t top = cut < 0 ? -cut : cut;
    const int32_t inner = cut < 0 ? b : a, outer = cut < 0 ? a : b;
    const double *part = s->sum + SUMS * top, *all = s->sum;
    int32_t *inside = s->head;
    int32_t below_count = 0;
    for (int64_t i = 0; i < count; i++) {
        inside[i] = i == top || (i > top && inside[s->parent[i]]);
        below_count += inside[i];
        s->label[s->order[i]] = inside[i] ? inner : outer;
    }
    s->weight[inner] = part[WEIGHT]; s->weight[outer] = all[WEIGHT] - part[WEIGHT];
    s->area[inner] = part[AREA]; s->area[outer] = all[AREA] - part[AREA];
    s->perimeter[inner] = part[AROUND] + part[CUT];
    s->perimeter[outer] = all[AROUND] - part[AROUND] + part[CUT];
    for (int64_t kind = 0; kind < v->kinds; kind++) {
        s->facility[inner * v->kinds + kind] = part[FACILITY + kind];
        s->facility[outer * v->kinds + kind] = all[FACILITY + kind] - part[FACILITY + kind];
    }
    s->count[inner] = below_count;
    s->count[outer] = (int32_t)(count - below_count);
    for (int side = 0; side < 2; side++) {
        const int32_t g = side ? outer : inner;
        s->worth[g] = grid_energy(v, g, s->weight[g], s->perimeter[g], s->area[g]);
    }
}

static int try_tree(search_t *s, int64_t u, int32_t to, double temperature, double bias) {
    const village_t *v = s->v;
    const int32_t a = s->label[u], b = to;
    const int64_t count = collect(s, u, a, b);
    if (count < 3) return 0;
    double before = s->worth[a] + s->worth[b];
    if (v->kinds)
        before += lacking_energy(v, s->facility + a * v->kinds) + lacking_energy(v, s->facility + b * v->kinds);
    for (int64_t i = 0; i < count; i++) {
        const int32_t w = s->order[i], g = s->label[w];
        before += away_in(v, w, g);
        if (g != a) continue;
        for (int64_t c = v->start[w]; c < v->start[w + 1]; c++)
            if (s->label[v->other[c]] == b) before += v->border * v->cost[c];
    }
    grow_tree(s, count, bias);
    sum_subtrees(s, count, a, b);
    double after = INFINITY;
    const int64_t cut = best_cut(s, count, a, b, temperature, &after);
    if (!cut || !accepts(s, after - before, temperature)) return 0;
    relabel(s, count, cut, a, b);
    s->energy += after - before;
    return 1;
}

/* ---- what the caller calls ---- */

int32_t gb_source(void) { return SOURCE; }

double gb_energy(village_t *v) {
    search_t s;
    void *memory = open_search(&s, v);
    return memory ? close_search(&s, v, memory) : NAN;
}

/* Anneals from one temperature to another; trees: one of so many moves joins and cuts two grids.
   The division with the least energy that was met is left in v->label; returns its energy. */
double gb_anneal(village_t *v, double hot, double cold, int64_t moves, double trees, double swaps, double bias) {
    search_t s;
    void *memory = open_search(&s, v);
    if (!memory) return NAN;
    int32_t *best = malloc(sizeof(int32_t) * (size_t)v->n);
    if (!best) { free(memory); return NAN; }
    memcpy(best, s.label, sizeof(int32_t) * (size_t)v->n);
    double least = s.energy;
    const double cooling = moves > 1 ? pow(cold / hot, 64.0 / (double)moves) : 1;
    const int64_t look = v->n / 2 + 8;
    double temperature = hot;
    int64_t next_look = look;
    for (int64_t move = 0; move < moves; move++) {
        if ((move & 63) == 63) temperature *= cooling;
        const int64_t u = below(&s, v->n);
        const int64_t degree = v->start[u + 1] - v->start[u];
        if (!degree) continue;
        const int64_t c = v->start[u] + below(&s, degree);
        const int32_t to = s.label[v->other[c]];
        if (to == s.label[u] || !v->open[c]) continue;
        const double kind = uniform(&s);
        if (kind < trees) try_tree(&s, u, to, temperature, bias * uniform(&s));
        else if (kind < trees + swaps) try_swap(&s, u, to, temperature);
        else try_flip(&s, u, to, temperature);
        if (s.energy < least - 1e-9 && move >= next_look) {
            least = s.energy;
            next_look = move + look;
            memcpy(best, s.label, sizeof(int32_t) * (size_t)v->n);
        }
    }
    if (s.energy > least) {
        memcpy(s.label, best, sizeof(int32_t) * (size_t)v->n);
        measure(&s);
    }
    free(best);
    return close_search(&s, v, memory);
}

/* Takes every move of one unit, or of two, that lessens the energy, until there is none. */
double gb_quench(village_t *v, int64_t rounds) {
    search_t s;
    void *memory = open_search(&s, v);
    if (!memory) return NAN;
    for (int64_t round = 0; round < rounds; round++) {
        int64_t done = 0;
        for (int64_t u = 0; u < v->n; u++)
            for (int64_t c = v->start[u]; c < v->start[u + 1]; c++) {
                const int32_t to = s.label[v->other[c]];
                if (to == s.label[u] || !v->open[c]) continue;
                const change_t change = weigh_flip(&s, u, to);
                done += change.rise < -1e-9 && flip_if(&s, u, to, &change);
            }
        if (!done) break;
    }
    return close_search(&s, v, memory);
}

/* Splits one grid: about `share` of its weight becomes the grid `to`, by the best of some trees. */
int32_t gb_split(village_t *v, int32_t grid, int32_t to, double share, int64_t tries, double bias) {
    search_t s;
    void *memory = open_search(&s, v);
    if (!memory) return -1;
    int64_t from = -1;
    for (int64_t u = 0; u < v->n && from < 0; u++)
        if (s.label[u] == grid) from = u;
    int32_t *best = from < 0 ? NULL : malloc(sizeof(int32_t) * (size_t)v->n);
    double least = INFINITY;
    for (int64_t attempt = 0; best && attempt < tries; attempt++) {
        const int64_t count = collect(&s, from, grid, grid);
        if (count < 2) break;
        grow_tree(&s, count, bias);
        sum_subtrees(&s, count, grid, to);
        double here;
        const int64_t cut = cut_at(&s, count, share, &here);
        if (!cut || here >= least) continue;
        const int64_t top = cut < 0 ? -cut : cut;
        least = here;
        memcpy(best, s.label, sizeof(int32_t) * (size_t)v->n);
        int32_t *inside = s.head;
        for (int64_t i = 0; i < count; i++) {
            inside[i] = i == top || (i > top && inside[s.parent[i]]);
            if (inside[i] == (cut > 0)) best[s.order[i]] = to;
        }
    }
    const int32_t done = least < INFINITY;
    if (done) memcpy(v->label, best, sizeof(int32_t) * (size_t)v->n);
    free(best);
    v->random[0] = s.s0;
    v->random[1] = s.s1;
    free(memory);
    return done;
}

/* The connected parts of each grid (label -1 is one like another), numbered in part[]. */
int64_t gb_parts(int64_t n, const int64_t *start, const int32_t *other, const uint8_t *open,
                 const int32_t *label, int32_t *part) {
    int32_t *queue = malloc(sizeof(int32_t) * (size_t)(n + 1));
    if (!queue) return -1;
    int32_t found = 0;
    for (int64_t u = 0; u < n; u++) part[u] = -1;
    for (int64_t u = 0; u < n; u++) {
        if (part[u] >= 0) continue;
        int64_t head = 0, tail = 0;
        part[u] = found;
        queue[tail++] = (int32_t)u;
        while (head < tail) {
            const int32_t w = queue[head++];
            for (int64_t i = start[w]; i < start[w + 1]; i++) {
                const int32_t x = other[i];
                if (!open[i] || part[x] >= 0 || label[x] != label[w]) continue;
                part[x] = found;
                queue[tail++] = x;
            }
        }
        found++;
    }
    free(queue);
    return found;
}
