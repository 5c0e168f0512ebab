/* schedule_changes_folder.c - the current folder is another one afterwards. */
/* must fail: ENV-4 */
#include <cnnrun/schedule.h>

#include <unistd.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    (void)!chdir("/");
    return point->base;
}

CNN_SCHEDULE("schedule_changes_folder", "the current folder is another one afterwards",
             .rate = rate)
