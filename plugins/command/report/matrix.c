/* matrix.c - the confusion matrix as a table whose cells are shaded, and each class's scores. */
#include <math.h>

#include "report/html.h"
#include "report/sections.h"

#define WIDEST 30u /* classes that a page shows as a table */

/* Right ones are shaded by their share of the class, mistakes by their number against the largest:
 * otherwise a good network's matrix would be white but for the diagonal. */
static void add_cell(cnn_text *out, uint64_t count, bool right, double share)
{
    if (count == 0) {
        page_html_raw(out, "<td class=\"zero\">·</td>");
        return;
    }
    const double shade = right ? share : 0.12 + 0.78 * sqrt(share);
    page_html(out, "<td class=\"%s%s\" style=\"--a:%.2f\">%zu</td>", right ? "right" : "wrong",
              shade > (right ? 0.55 : 0.75) ? " deep" : "", shade, (size_t)count);
}

static void add_row(cnn_text *out, const uint64_t *row, size_t classes, size_t label,
                    uint64_t worst)
{
    uint64_t support = 0;
    for (size_t c = 0; c < classes; c++)
        support += row[c];
    page_html(out, "<tr><th scope=\"row\">%zu</th>", label);
    for (size_t c = 0; c < classes; c++)
        add_cell(out, row[c], c == label,
                 c == label ? (double)row[c] / (double)(support ? support : 1)
                            : (double)row[c] / (double)worst);
    page_html_raw(out, "</tr>\n");
}

void page_matrix_add(cnn_text *out, const uint64_t *confusion, size_t classes)
{
    uint64_t worst = 1;
    if (classes > WIDEST) {
        page_html(out,
                  "<p class=\"none\">With %zu classes the matrix is too wide for a page.</p>\n",
                  classes);
        return;
    }
    for (size_t i = 0; i < classes * classes; i++)
        if (i / classes != i % classes && confusion[i] > worst)
            worst = confusion[i];
    page_html(
        out,
        "<div class=\"scroll\"><table class=\"matrix%s\"><thead><tr><td></td><th class=\"axis\" "
        "colspan=\"%zu\">predicted</th></tr><tr><th class=\"axis\">true</th>",
        classes > 12 ? " dense" : "", classes);
    for (size_t c = 0; c < classes; c++)
        page_html(out, "<th scope=\"col\">%zu</th>", c);
    page_html_raw(out, "</tr></thead><tbody>\n");
    for (size_t r = 0; r < classes; r++)
        add_row(out, confusion + r * classes, classes, r, worst);
    page_html_raw(out, "</tbody></table></div>\n");
}

static void add_number(cnn_text *out, double value)
{
    page_html(out, "<td data-v=\"%g\">", isnan(value) ? -1.0 : value);
    page_html_number(out, value, 4);
    page_html_raw(out, "</td>");
}

void page_matrix_scores(cnn_text *out, const uint64_t *confusion, size_t classes)
{
    page_html_raw(out, "<div class=\"scroll\"><table class=\"data "
                       "sortable\"><thead><tr><th>Class</th><th>Support</th>"
                       "<th>Precision</th><th>Recall</th><th>F1</th></tr></thead><tbody>\n");
    for (size_t c = 0; c < classes && c < 1000; c++) {
        const page_score s = page_score_of(confusion, classes, c);
        page_html(out, "<tr><th scope=\"row\" data-v=\"%zu\">%zu</th><td data-v=\"%zu\">%zu</td>",
                  c, c, (size_t)s.support, (size_t)s.support);
        add_number(out, s.precision);
        add_number(out, s.recall);
        add_number(out, s.f1);
        page_html_raw(out, "</tr>\n");
    }
    page_html_raw(out, "</tbody></table></div>\n");
}
