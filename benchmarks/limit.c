/* What the machine allows: threads that find the fields of combined lines and store nothing but offsets.
 *
 *     cc -O3 -march=native -pthread -o limit limit.c && ./limit access.log [THREADS]
 *
 * Nothing is typed, decoded, hashed or kept beyond a block, which fits the inner caches; a line of more than
 * 16 KB that crosses two blocks counts as no combined line. Prints lines, lines that are not combined, and
 * the seconds that reading and tokenising took.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 1 << 16, LONGEST = 1 << 14, FIELDS = 9, MOST_LINES = BLOCK / 2 };

typedef struct {
    uint32_t start[FIELDS], end[FIELDS];
} Line;

static int file;
static off_t size;
static atomic_long next_block;

typedef struct {
    long lines, rejects;
    uint64_t sum; /* of offsets, so that no compiler leaves them out */
} Counts;

static const char *until(const char *at, const char *end, char mark) {
    while (at < end && *at != mark) at++;
    return at;
}

/* The closing quote that no backslash stands before, or end. */
static const char *closing(const char *at, const char *end) {
    for (const char *quote = at; (quote = memchr(quote, '"', end - quote)); quote++) {
        const char *back = quote;
        while (back > at && back[-1] == '\\') back--;
        if ((quote - back) % 2 == 0) return quote;
    }
    return end;
}

/* One field after the other, each with the text that must stand behind it; 0: this is no combined line. */
static int tokenize(const char *base, const char *at, const char *end, Line *line) {
    static const struct {
        char quoted, mark;
        const char *behind;
    } plan[FIELDS] = {
        {0, ' ', " "}, {0, ' ', " "}, {0, ' ', " ["}, {0, ']', "] \""}, {1, '"', "\" "},
        {0, ' ', " "}, {0, ' ', " \""}, {1, '"', "\" \""}, {1, '"', "\""},
    };
#pragma GCC unroll 9
    for (int field = 0; field < FIELDS; field++) {
        const char *stop = plan[field].quoted ? closing(at, end) : until(at, end, plan[field].mark);
        size_t width = strlen(plan[field].behind);
        if ((size_t)(end - stop) < width || memcmp(stop, plan[field].behind, width)) return 0;
        line->start[field] = (uint32_t)(at - base);
        line->end[field] = (uint32_t)(stop - base);
        at = stop + width;
    }
    return at == end;
}

static void *work(void *given) {
    Counts *counts = given;
    char *bytes = malloc(BLOCK + LONGEST + 1);
    Line *lines = malloc(MOST_LINES * sizeof *lines);
    if (!bytes || !lines) exit(1);
    for (;;) {
        off_t from = (off_t)atomic_fetch_add(&next_block, 1) * BLOCK;
        if (from >= size) break;
        /* From one byte before: a line belongs to the block that its first byte is in. */
        off_t early = from ? from - 1 : 0;
        ssize_t got = pread(file, bytes, BLOCK + LONGEST, early);
        if (got <= 0) break;
        const char *end = bytes + got, *at = bytes, *bound = bytes + (from - early) + BLOCK;
        if (from) {
            at = memchr(bytes, '\n', got);
            if (!at) continue;
            at++;
        }
        long count = 0;
        while (at < end && at < bound && count < MOST_LINES) {
            const char *stop = memchr(at, '\n', end - at);
            if (!stop) stop = end;
            if (tokenize(bytes, at, stop, &lines[count]))
                count++;
            else
                counts->rejects++;
            counts->lines++;
            at = stop + 1;
        }
        if (count) counts->sum += lines[count - 1].end[FIELDS - 1] + lines[count / 2].start[4];
    }
    free(bytes);
    free(lines);
    return NULL;
}

int main(int argc, char **argv) {
    int threads = argc > 2 ? atoi(argv[2]) : 2;
    struct stat about;
    struct timespec begin, done;
    if (argc < 2 || (file = open(argv[1], O_RDONLY)) < 0 || fstat(file, &about) || threads < 1 || threads > 64) {
        fprintf(stderr, "usage: limit LOG [THREADS]\n");
        return 2;
    }
    size = about.st_size;
    pthread_t ids[64];
    Counts counts[64] = {{0, 0, 0}}, all = {0, 0, 0};
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, work, &counts[i])) return 1;
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        all.lines += counts[i].lines;
        all.rejects += counts[i].rejects;
        all.sum += counts[i].sum;
    }
    clock_gettime(CLOCK_MONOTONIC, &done);
    printf("{\"lines\": %ld, \"rejects\": %ld, \"sum\": %llu, \"seconds\": %.6f}\n", all.lines, all.rejects,
           (unsigned long long)all.sum, (done.tv_sec - begin.tv_sec) + (done.tv_nsec - begin.tv_nsec) / 1e9);
    return 0;
}
