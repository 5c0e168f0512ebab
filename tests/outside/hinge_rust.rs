// hinge_rust.rs - the loss of plain_hinge.c in Rust. Its structs are those of plugin.h and loss.h, field by field.
use std::ffi::c_void;
use std::{mem::size_of, ptr::null, slice::from_raw_parts};
type Values = *const f64;

#[repr(C)]
struct Param {
    texts: [*const u8; 3], // name, help, default
    choices: *const *const u8,
    range: [f64; 2],
    place: [u64; 2], // offset and size of the field in Settings
    ends: [u32; 4], // type, flags, kind of a plugin, 0
}

#[repr(C)]
pub struct Loss {
    head: [u32; 4],        // struct_size, param_size, kind, 0
    texts: [*const u8; 3], // name, summary, doc
    params: *const Param,
    self_size: u64,
    init_fini: [Option<extern "C" fn()>; 2], // unused here; the arguments are in plugin.h
    golden: *const c_void,
    reserved: [*const c_void; 3],
    value: unsafe extern "C" fn(&Settings, Values, Values, usize) -> f64,
    gradient: Option<unsafe extern "C" fn(&Settings, Values, Values, usize, *mut f64)>,
    claims: Option<extern "C" fn(*const c_void) -> u64>,
}

#[repr(C)]
struct Note {
    sizes: [u32; 3], // of the name, of what follows it; the note's type
    magic: [u8; 16],   // the note's name, and "CNNPLUG1"
    length: u32,
    version: [u16; 2], // CNN_ABI_MAJOR, CNN_ABI_MINOR
    types: [u8; 8], // bytes of a pointer, size_t, long; little endian; a float's bytes, radix, digits; FLT_EVAL_METHOD
    kind_flags: [u32; 2],
    struct_sizes: [u32; 3], // of the head, a parameter, the descriptor
    compiler: [u8; 64],
}

unsafe impl Sync for Param {} // texts that nobody changes
unsafe impl Sync for Loss {}

const KIND_LOSS: u32 = 3;
const HEAD_SIZE: u32 = (size_of::<Loss>() - 3 * size_of::<usize>()) as u32; // all but a loss's functions

#[repr(C)]
pub struct Settings {
    margin: f64,
}
static PARAMS: [Param; 2] = [
    Param {
        texts: [b"margin\0".as_ptr(), b"the margin\0".as_ptr(), b"1\0".as_ptr()],
        choices: null(),
        range: [0.0, 100.0],
        place: [0, 8], ends: [3 /* CNN_REAL */, 0, 0, 0],
    },
    Param { texts: [null(); 3], choices: null(), range: [0.0; 2], place: [0; 2], ends: [0; 4] },
];

unsafe extern "C" fn value(settings: &Settings, output: Values, target: Values, classes: usize) -> f64 {
    let pairs = from_raw_parts(output, classes).iter().zip(from_raw_parts(target, classes));
    let lacks = pairs.map(|(y, t)| settings.margin - (2.0 * t - 1.0) * y);
    lacks.fold(0.0, |sum, lack| sum + if lack <= 0.0 { 0.0 } else { lack }) / classes as f64
}

unsafe extern "C" fn gradient(settings: &Settings, output: Values, target: Values, classes: usize, out: *mut f64) {
    for c in 0..classes {
        let sign = 2.0 * *target.add(c) - 1.0;
        *out.add(c) = if settings.margin - sign * *output.add(c) <= 0.0 { 0.0 } else { -sign / classes as f64 };
    }
}

#[no_mangle]
pub static cnn_plugin: Loss = Loss {
    head: [size_of::<Loss>() as u32, size_of::<Param>() as u32, KIND_LOSS, 0],
    texts: [b"hinge_rust\0".as_ptr(), b"each class a margin of its own\0".as_ptr(), null()],
    params: &PARAMS as *const Param,
    self_size: size_of::<Settings>() as u64,
    init_fini: [None; 2],
    golden: null(),
    reserved: [null(); 3],
    value,
    gradient: Some(gradient),
    claims: None,
};

#[used]
#[link_section = ".note.cnnrun"]
static NOTE: Note = Note {
    sizes: [8, 108, 1],
    magic: *b"cnnrun\0\0CNNPLUG1",
    length: 108,
    version: [2, 0],
    types: [8, 8, 8, 1, 4, 2, 24, 0],
    kind_flags: [KIND_LOSS, 0],
    struct_sizes: [HEAD_SIZE, size_of::<Param>() as u32, size_of::<Loss>() as u32],
    compiler: [0; 64],
};
