/* check_static.c - a rule on static variables: [train] callbacks leave them as they are. */
#define _GNU_SOURCE
#include "statics.h"

#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "elf_facts.h"
#include "instance.h"
#include "shared.h"

#define PAGE 4096u
#define SETTINGS 6

static const kit_layout plain = {.side = KIT_RIGHT, .prefill = KIT_PREFILL_ONE, .salt = 12};

static uintptr_t from, to; /* the plugin's pages of static variables */
static bool is_protected;
static kit_elf file;

/* The writable pages of the file, but those that the loader has made read-only. */
static int find_pages(struct dl_phdr_info *library, size_t size, void *ignored)
{
    (void)size;
    (void)ignored;
    if (library->dlpi_addr != kit_page->fault.library)
        return 0;
    uintptr_t settled = 0;
    for (size_t i = 0; i < library->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &library->dlpi_phdr[i];
        if (p->p_type == PT_GNU_RELRO)
            settled = (library->dlpi_addr + p->p_vaddr + p->p_memsz) / PAGE * PAGE;
    }
    for (size_t i = 0; i < library->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &library->dlpi_phdr[i];
        if (p->p_type != PT_LOAD || !(p->p_flags & PF_W))
            continue;
        const uintptr_t start = (library->dlpi_addr + p->p_vaddr) / PAGE * PAGE;
        from = start > settled ? start : settled;
        to = (library->dlpi_addr + p->p_vaddr + p->p_memsz + PAGE - 1) / PAGE * PAGE;
    }
    return 1;
}

void kit_statics_enter(bool training)
{
    if (from >= to || is_protected == training)
        return;
    if (mprotect((void *)from, to - from, training ? PROT_READ : PROT_READ | PROT_WRITE) != 0)
        kit_tool_error("the plugin's static variables cannot be protected");
    is_protected = training;
}

void kit_statics_name(uintptr_t address, char *name, size_t size)
{
    if (address < from || address >= to)
        return;
    snprintf(name, size, "of the file");
    const char *found = kit_elf_variable(&file, address - kit_page->fault.library);
    if (found)
        snprintf(name, size, "`%.*s`", (int)strcspn(found, "."), found);
}

static void check_statics(kit_case *c)
{
    kit_elf_read(c->subject->path, &file);
    if (kit_elf_is_counted(&file))
        kit_skip("it was compiled to count what runs (gcov), which writes to static variables");
    dl_iterate_phdr(find_pages, NULL);
    if (from >= to)
        kit_skip("it has no static variables that can be written");
    for (size_t i = 0; i < SETTINGS; i++) {
        cnn_error refusal;
        kit_bytes out = {0};
        cnn_yaml *given = i ? kit_random_setting(c) : NULL;
        kit_where("%s%s", i ? "parameters " : "", i ? kit_setting_text(given) : "");
        kit_instance *instance =
            i ? kit_make(c, &plain, given, 0, &refusal) : kit_make_any(c, &plain, NULL);
        if (instance)
            kit_run(instance, &plain, &out);
        kit_unmake(instance);
        kit_bytes_free(&out);
        kit_arena_reset(0);
    }
    kit_where("%s", "");
}

const kit_check kit_static_checks[] = {
    {"DET-5", "static variables stay as they are", 4, 0, 0, check_statics},
    {0},
};
