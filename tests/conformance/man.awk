# man.awk - CONFORMANCE.md as a manual page: headings, paragraphs, lists.
BEGIN {
    print ".TH CNNRUN-CHECK 7 2026-11-24 cnnrun"
    print ".SH NAME"
    print "cnnrun-check \\- the rules that a plugin of cnnrun is checked by"
    print ".SH DESCRIPTION"
}
function plain(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    gsub(/`/, "", text)
    sub(/^[.']/, "\\\\\\&&", text)
    return text
}
/^# / { next }
/^## / { print ".SH " toupper(plain(substr($0, 4))); apart = 0; next }
/^### / { print ".SS " plain(substr($0, 5)); apart = 0; next }
/^- / { print ".IP \\(bu 2"; print plain(substr($0, 3)); apart = 0; next }
/^$/ { apart = text; text = 0; next }
{ if (apart) print ".PP"; apart = 0; text = 1; sub(/^  */, ""); print plain($0) }
