// sort.js - sorts a table by the column whose head is clicked: by data-v where there is one, else as
// text. What is missing stays last.
for (const table of document.querySelectorAll('table.sortable')) {
    const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
    heads.forEach((head, i) => {
        const key = row => {
            const cell = row.cells[i], v = cell.dataset.v;
            return v === undefined ? cell.textContent : v === '' ? null : +v;
        };
        const sort = () => {
            const up = head.getAttribute('aria-sort') !== 'ascending';
            heads.forEach(h => h.removeAttribute('aria-sort'));
            head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
            const order = (a, b) => {
                const x = key(a), y = key(b);
                if (x === null || y === null)
                    return (x === null) - (y === null);
                return (x < y ? -1 : x > y ? 1 : 0) * (up ? 1 : -1);
            };
            body.append(...[...body.rows].sort(order));
        };
        head.tabIndex = 0;
        head.onclick = sort;
        head.onkeydown = event => {
            if (event.key === 'Enter' || event.key === ' ') {
                event.preventDefault();
                sort();
            }
        };
    });
}
