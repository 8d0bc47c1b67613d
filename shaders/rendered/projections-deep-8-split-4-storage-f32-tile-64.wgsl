// Rendered from templates/matmul.wgsl.j2 for model/projections[k=11008,m=128,n=4096]@cache=cold,deep=8,split=4,storage=f32,tile=64; not to be edited: `gate render` writes it anew.
struct Dims {
    m: u32,
    n: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4<f32>>;

// By slice, step along k, and four rows or columns.
var<workgroup> a_tile: array<array<array<vec4<f32>, 16>, 8>, 4>;
var<workgroup> b_tile: array<array<array<vec4<f32>, 16>, 8>, 4>;

// Four values of row `row` of a, from column `col` on; zeros beyond the edges.
fn load_a(row: u32, col: u32) -> vec4<f32> {
    return vec4<f32>(a[(row * dims.k + col) / 4u]);
}

// The same for b.
fn load_b(row: u32, col: u32) -> vec4<f32> {
    return vec4<f32>(b[(row * dims.n + col) / 4u]);
}

// Four values of row `row` of c, from column `col` on; nothing beyond the edges.
fn store_c(row: u32, col: u32, v: vec4<f32>) {
    if row < dims.m && col < dims.n {
        c[(row * dims.n + col) / 4u] = vec4<f32>(v);
    }
}

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let top = group.y * 64u;
    let left = group.x * 64u;
    let k = dims.k;
    let slice = index / 64u;
    let thread = index % 64u;
    let start = slice * 8u;

    // Where this invocation's rows and columns lie in the tiles, in vec4s.
    let x = thread % 8u;
    let y = thread / 8u;
    let x0 = x + 0u;
    let x1 = x + 8u;
    let y0_0 = (y + 0u) ^ 0u;
    let y0_1 = (y + 0u) ^ 4u;
    let y1_0 = (y + 8u) ^ 0u;
    let y1_1 = (y + 8u) ^ 4u;

    var next0_0 = vec4<f32>();
    var next0_1 = vec4<f32>();
    var next0_2 = vec4<f32>();
    var next0_3 = vec4<f32>();
    var sum0_0 = vec4<f32>();
    var sum0_1 = vec4<f32>();
    var sum1_0 = vec4<f32>();
    var sum1_1 = vec4<f32>();
    var sum2_0 = vec4<f32>();
    var sum2_1 = vec4<f32>();
    var sum3_0 = vec4<f32>();
    var sum3_1 = vec4<f32>();
    var sum4_0 = vec4<f32>();
    var sum4_1 = vec4<f32>();
    var sum5_0 = vec4<f32>();
    var sum5_1 = vec4<f32>();
    var sum6_0 = vec4<f32>();
    var sum6_1 = vec4<f32>();
    var sum7_0 = vec4<f32>();
    var sum7_1 = vec4<f32>();

        if thread < 32u {
            let row0 = top + thread / 2u * 4u;
            let col0 = start + thread % 2u * 4u;
            next0_0 = load_a(row0 + 0u, col0);
            next0_1 = load_a(row0 + 1u, col0);
            next0_2 = load_a(row0 + 2u, col0);
            next0_3 = load_a(row0 + 3u, col0);
        } else if thread < 64u {
            let row0 = start + (thread - 32u) / 16u * 4u;
            let col0 = left + (thread - 32u) % 16u * 4u;
            next0_0 = load_b(row0 + 0u, col0);
            next0_1 = load_b(row0 + 1u, col0);
            next0_2 = load_b(row0 + 2u, col0);
            next0_3 = load_b(row0 + 3u, col0);
        }
    for (var at = 0u; at < k; at += 32u) {
        workgroupBarrier();
        if thread < 32u {
            let step0 = thread % 2u;
            let slot0 = thread / 2u ^ (step0 * 4u);
            a_tile[slice][step0 * 4u + 0u][slot0] = vec4<f32>(next0_0.x, next0_1.x, next0_2.x, next0_3.x);
            a_tile[slice][step0 * 4u + 1u][slot0] = vec4<f32>(next0_0.y, next0_1.y, next0_2.y, next0_3.y);
            a_tile[slice][step0 * 4u + 2u][slot0] = vec4<f32>(next0_0.z, next0_1.z, next0_2.z, next0_3.z);
            a_tile[slice][step0 * 4u + 3u][slot0] = vec4<f32>(next0_0.w, next0_1.w, next0_2.w, next0_3.w);
        } else if thread < 64u {
            let step0 = (thread - 32u) / 16u;
            let slot0 = (thread - 32u) % 16u;
            b_tile[slice][step0 * 4u + 0u][slot0] = next0_0;
            b_tile[slice][step0 * 4u + 1u][slot0] = next0_1;
            b_tile[slice][step0 * 4u + 2u][slot0] = next0_2;
            b_tile[slice][step0 * 4u + 3u][slot0] = next0_3;
        }
        workgroupBarrier();
        let ahead = at + 32u;
        if ahead < k {
            if thread < 32u {
                let row0 = top + thread / 2u * 4u;
                let col0 = (ahead + start) + thread % 2u * 4u;
                next0_0 = load_a(row0 + 0u, col0);
                next0_1 = load_a(row0 + 1u, col0);
                next0_2 = load_a(row0 + 2u, col0);
                next0_3 = load_a(row0 + 3u, col0);
            } else if thread < 64u {
                let row0 = (ahead + start) + (thread - 32u) / 16u * 4u;
                let col0 = left + (thread - 32u) % 16u * 4u;
                next0_0 = load_b(row0 + 0u, col0);
                next0_1 = load_b(row0 + 1u, col0);
                next0_2 = load_b(row0 + 2u, col0);
                next0_3 = load_b(row0 + 3u, col0);
            }
        }
        {
            let a0 = a_tile[slice][0][y0_0];
            let a1 = a_tile[slice][0][y1_0];
            let b0 = b_tile[slice][0][x0];
            let b1 = b_tile[slice][0][x1];
            sum0_0 += a0.x * b0;
            sum0_1 += a0.x * b1;
            sum1_0 += a0.y * b0;
            sum1_1 += a0.y * b1;
            sum2_0 += a0.z * b0;
            sum2_1 += a0.z * b1;
            sum3_0 += a0.w * b0;
            sum3_1 += a0.w * b1;
            sum4_0 += a1.x * b0;
            sum4_1 += a1.x * b1;
            sum5_0 += a1.y * b0;
            sum5_1 += a1.y * b1;
            sum6_0 += a1.z * b0;
            sum6_1 += a1.z * b1;
            sum7_0 += a1.w * b0;
            sum7_1 += a1.w * b1;
        }
        {
            let a0 = a_tile[slice][1][y0_0];
            let a1 = a_tile[slice][1][y1_0];
            let b0 = b_tile[slice][1][x0];
            let b1 = b_tile[slice][1][x1];
            sum0_0 += a0.x * b0;
            sum0_1 += a0.x * b1;
            sum1_0 += a0.y * b0;
            sum1_1 += a0.y * b1;
            sum2_0 += a0.z * b0;
            sum2_1 += a0.z * b1;
            sum3_0 += a0.w * b0;
            sum3_1 += a0.w * b1;
            sum4_0 += a1.x * b0;
            sum4_1 += a1.x * b1;
            sum5_0 += a1.y * b0;
            sum5_1 += a1.y * b1;
            sum6_0 += a1.z * b0;
            sum6_1 += a1.z * b1;
            sum7_0 += a1.w * b0;
            sum7_1 += a1.w * b1;
        }
        {
            let a0 = a_tile[slice][2][y0_0];
            let a1 = a_tile[slice][2][y1_0];
            let b0 = b_tile[slice][2][x0];
            let b1 = b_tile[slice][2][x1];
            sum0_0 += a0.x * b0;
            sum0_1 += a0.x * b1;
            sum1_0 += a0.y * b0;
            sum1_1 += a0.y * b1;
            sum2_0 += a0.z * b0;
            sum2_1 += a0.z * b1;
            sum3_0 += a0.w * b0;
            sum3_1 += a0.w * b1;
            sum4_0 += a1.x * b0;
            sum4_1 += a1.x * b1;
            sum5_0 += a1.y * b0;
            sum5_1 += a1.y * b1;
            sum6_0 += a1.z * b0;
            sum6_1 += a1.z * b1;
            sum7_0 += a1.w * b0;
            sum7_1 += a1.w * b1;
        }
        {
            let a0 = a_tile[slice][3][y0_0];
            let a1 = a_tile[slice][3][y1_0];
            let b0 = b_tile[slice][3][x0];
            let b1 = b_tile[slice][3][x1];
            sum0_0 += a0.x * b0;
            sum0_1 += a0.x * b1;
            sum1_0 += a0.y * b0;
            sum1_1 += a0.y * b1;
            sum2_0 += a0.z * b0;
            sum2_1 += a0.z * b1;
            sum3_0 += a0.w * b0;
            sum3_1 += a0.w * b1;
            sum4_0 += a1.x * b0;
            sum4_1 += a1.x * b1;
            sum5_0 += a1.y * b0;
            sum5_1 += a1.y * b1;
            sum6_0 += a1.z * b0;
            sum6_1 += a1.z * b1;
            sum7_0 += a1.w * b0;
            sum7_1 += a1.w * b1;
        }
        {
            let a0 = a_tile[slice][4][y0_1];
            let a1 = a_tile[slice][4][y1_1];
            let b0 = b_tile[slice][4][x0];
            let b1 = b_tile[slice][4][x1];
            sum0_0 += a0.x * b0;
            sum0_1 += a0.x * b1;
            sum1_0 += a0.y * b0;
            sum1_1 += a0.y * b1;
            sum2_0 += a0.z * b0;
            sum2_1 += a0.z * b1;
            sum3_0 += a0.w * b0;
            sum3_1 += a0.w * b1;
            sum4_0 += a1.x * b0;
            sum4_1 += a1.x * b1;
            sum5_0 += a1.y * b0;
            sum5_1 += a1.y * b1;
            sum6_0 += a1.z * b0;
            sum6_1 += a1.z * b1;
            sum7_0 += a1.w * b0;
            sum7_1 += a1.w * b1;
        }
        {
            let a0 = a_tile[slice][5][y0_1];
            let a1 = a_tile[slice][5][y1_1];
            let b0 = b_tile[slice][5][x0];
            let b1 = b_tile[slice][5][x1];
            sum0_0 += a0.x * b0;
            sum0_1 += a0.x * b1;
            sum1_0 += a0.y * b0;
            sum1_1 += a0.y * b1;
            sum2_0 += a0.z * b0;
            sum2_1 += a0.z * b1;
            sum3_0 += a0.w * b0;
            sum3_1 += a0.w * b1;
            sum4_0 += a1.x * b0;
            sum4_1 += a1.x * b1;
            sum5_0 += a1.y * b0;
            sum5_1 += a1.y * b1;
            sum6_0 += a1.z * b0;
            sum6_1 += a1.z * b1;
            sum7_0 += a1.w * b0;
            sum7_1 += a1.w * b1;
        }
        {
            let a0 = a_tile[slice][6][y0_1];
            let a1 = a_tile[slice][6][y1_1];
            let b0 = b_tile[slice][6][x0];
            let b1 = b_tile[slice][6][x1];
            sum0_0 += a0.x * b0;
            sum0_1 += a0.x * b1;
            sum1_0 += a0.y * b0;
            sum1_1 += a0.y * b1;
            sum2_0 += a0.z * b0;
            sum2_1 += a0.z * b1;
            sum3_0 += a0.w * b0;
            sum3_1 += a0.w * b1;
            sum4_0 += a1.x * b0;
            sum4_1 += a1.x * b1;
            sum5_0 += a1.y * b0;
            sum5_1 += a1.y * b1;
            sum6_0 += a1.z * b0;
            sum6_1 += a1.z * b1;
            sum7_0 += a1.w * b0;
            sum7_1 += a1.w * b1;
        }
        {
            let a0 = a_tile[slice][7][y0_1];
            let a1 = a_tile[slice][7][y1_1];
            let b0 = b_tile[slice][7][x0];
            let b1 = b_tile[slice][7][x1];
            sum0_0 += a0.x * b0;
            sum0_1 += a0.x * b1;
            sum1_0 += a0.y * b0;
            sum1_1 += a0.y * b1;
            sum2_0 += a0.z * b0;
            sum2_1 += a0.z * b1;
            sum3_0 += a0.w * b0;
            sum3_1 += a0.w * b1;
            sum4_0 += a1.x * b0;
            sum4_1 += a1.x * b1;
            sum5_0 += a1.y * b0;
            sum5_1 += a1.y * b1;
            sum6_0 += a1.z * b0;
            sum6_1 += a1.z * b1;
            sum7_0 += a1.w * b0;
            sum7_1 += a1.w * b1;
        }
    }

    // The slices meet in workgroup memory, as many sums at a time as fit, and
    // all invocations add them up.
    workgroupBarrier();
    {
        let at = thread + 0u;
        a_tile[slice][at / 16u][at % 16u] = sum0_0;
        b_tile[slice][at / 16u][at % 16u] = sum1_0;
    }
    {
        let at = thread + 64u;
        a_tile[slice][at / 16u][at % 16u] = sum0_1;
        b_tile[slice][at / 16u][at % 16u] = sum1_1;
    }
    workgroupBarrier();
    for (var p = index; p < 256u; p += 256u) {
        let at = p % 128u;
        let step = at / 16u;
        let slot = at % 16u;
        var sum = vec4<f32>();
        if p < 128u {
            sum += a_tile[0][step][slot];
            sum += a_tile[1][step][slot];
            sum += a_tile[2][step][slot];
            sum += a_tile[3][step][slot];
        } else {
            sum += b_tile[0][step][slot];
            sum += b_tile[1][step][slot];
            sum += b_tile[2][step][slot];
            sum += b_tile[3][step][slot];
        }
        // Whose it was, and which of its sums.
        let owner = p % 64u;
        let which = p / 64u + 0u;
        let r = which / 2u;
        let q = which % 2u;
        store_c(
            top + r / 4u * 32u + r % 4u + owner / 8u * 4u,
            left + (owner % 8u + q * 8u) * 4u,
            sum,
        );
    }
    workgroupBarrier();
    {
        let at = thread + 0u;
        a_tile[slice][at / 16u][at % 16u] = sum2_0;
        b_tile[slice][at / 16u][at % 16u] = sum3_0;
    }
    {
        let at = thread + 64u;
        a_tile[slice][at / 16u][at % 16u] = sum2_1;
        b_tile[slice][at / 16u][at % 16u] = sum3_1;
    }
    workgroupBarrier();
    for (var p = index; p < 256u; p += 256u) {
        let at = p % 128u;
        let step = at / 16u;
        let slot = at % 16u;
        var sum = vec4<f32>();
        if p < 128u {
            sum += a_tile[0][step][slot];
            sum += a_tile[1][step][slot];
            sum += a_tile[2][step][slot];
            sum += a_tile[3][step][slot];
        } else {
            sum += b_tile[0][step][slot];
            sum += b_tile[1][step][slot];
            sum += b_tile[2][step][slot];
            sum += b_tile[3][step][slot];
        }
        // Whose it was, and which of its sums.
        let owner = p % 64u;
        let which = p / 64u + 4u;
        let r = which / 2u;
        let q = which % 2u;
        store_c(
            top + r / 4u * 32u + r % 4u + owner / 8u * 4u,
            left + (owner % 8u + q * 8u) * 4u,
            sum,
        );
    }
    workgroupBarrier();
    {
        let at = thread + 0u;
        a_tile[slice][at / 16u][at % 16u] = sum4_0;
        b_tile[slice][at / 16u][at % 16u] = sum5_0;
    }
    {
        let at = thread + 64u;
        a_tile[slice][at / 16u][at % 16u] = sum4_1;
        b_tile[slice][at / 16u][at % 16u] = sum5_1;
    }
    workgroupBarrier();
    for (var p = index; p < 256u; p += 256u) {
        let at = p % 128u;
        let step = at / 16u;
        let slot = at % 16u;
        var sum = vec4<f32>();
        if p < 128u {
            sum += a_tile[0][step][slot];
            sum += a_tile[1][step][slot];
            sum += a_tile[2][step][slot];
            sum += a_tile[3][step][slot];
        } else {
            sum += b_tile[0][step][slot];
            sum += b_tile[1][step][slot];
            sum += b_tile[2][step][slot];
            sum += b_tile[3][step][slot];
        }
        // Whose it was, and which of its sums.
        let owner = p % 64u;
        let which = p / 64u + 8u;
        let r = which / 2u;
        let q = which % 2u;
        store_c(
            top + r / 4u * 32u + r % 4u + owner / 8u * 4u,
            left + (owner % 8u + q * 8u) * 4u,
            sum,
        );
    }
    workgroupBarrier();
    {
        let at = thread + 0u;
        a_tile[slice][at / 16u][at % 16u] = sum6_0;
        b_tile[slice][at / 16u][at % 16u] = sum7_0;
    }
    {
        let at = thread + 64u;
        a_tile[slice][at / 16u][at % 16u] = sum6_1;
        b_tile[slice][at / 16u][at % 16u] = sum7_1;
    }
    workgroupBarrier();
    for (var p = index; p < 256u; p += 256u) {
        let at = p % 128u;
        let step = at / 16u;
        let slot = at % 16u;
        var sum = vec4<f32>();
        if p < 128u {
            sum += a_tile[0][step][slot];
            sum += a_tile[1][step][slot];
            sum += a_tile[2][step][slot];
            sum += a_tile[3][step][slot];
        } else {
            sum += b_tile[0][step][slot];
            sum += b_tile[1][step][slot];
            sum += b_tile[2][step][slot];
            sum += b_tile[3][step][slot];
        }
        // Whose it was, and which of its sums.
        let owner = p % 64u;
        let which = p / 64u + 12u;
        let r = which / 2u;
        let q = which % 2u;
        store_c(
            top + r / 4u * 32u + r % 4u + owner / 8u * 4u,
            left + (owner % 8u + q * 8u) * 4u,
            sum,
        );
    }
}
