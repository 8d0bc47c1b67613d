// Rendered from templates/matmul.wgsl.j2 for matmul/matmul[k=4096,m=4096,n=4096]@storage=f32,workgroup=16x8; not to be edited: `gate render` writes it anew.
struct Dims {
    m: u32,
    n: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4<f32>>;

// 16 x 64, transposed, and 16 x 128.
var<workgroup> a_tile: array<vec4<f32>, 256>;
var<workgroup> b_tile: array<vec4<f32>, 512>;

// Four values of row `row` of a, from column `col` on; zeros beyond the edges.
fn load_a(row: u32, col: u32) -> vec4<f32> {
    var v = vec4<f32>();
    if row < dims.m && col < dims.k {
        v = vec4<f32>(a[(row * dims.k + col) / 4u]);
    }
    return v;
}

// The same for b.
fn load_b(row: u32, col: u32) -> vec4<f32> {
    var v = vec4<f32>();
    if row < dims.k && col < dims.n {
        v = vec4<f32>(b[(row * dims.n + col) / 4u]);
    }
    return v;
}

// Four values of row `row` of c, from column `col` on; nothing beyond the edges.
fn store_c(row: u32, col: u32, v: vec4<f32>) {
    if row < dims.m && col < dims.n {
        c[(row * dims.n + col) / 4u] = vec4<f32>(v);
    }
}

@compute @workgroup_size(16, 8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let top = group.y * 64u;
    let left = group.x * 128u;
    let k = dims.k;

    // What this invocation moves from memory to the tiles.
    let a_row0 = (index + 0u) / 4u;
    let a_col0 = (index + 0u) % 4u * 4u;
    let a_slot0 = a_col0 * 16u + ((a_row0 / 4u) ^ (a_col0 / 2u));
    let a_lane0 = a_row0 % 4u;
    var next_a0 = load_a(top + a_row0, a_col0);
    let a_row1 = (index + 128u) / 4u;
    let a_col1 = (index + 128u) % 4u * 4u;
    let a_slot1 = a_col1 * 16u + ((a_row1 / 4u) ^ (a_col1 / 2u));
    let a_lane1 = a_row1 % 4u;
    var next_a1 = load_a(top + a_row1, a_col1);
    let b_row0 = (index + 0u) / 32u;
    let b_col0 = left + (index + 0u) % 32u * 4u;
    var next_b0 = load_b(b_row0, b_col0);
    let b_row1 = (index + 128u) / 32u;
    let b_col1 = left + (index + 128u) % 32u * 4u;
    var next_b1 = load_b(b_row1, b_col1);
    let b_row2 = (index + 256u) / 32u;
    let b_col2 = left + (index + 256u) % 32u * 4u;
    var next_b2 = load_b(b_row2, b_col2);
    let b_row3 = (index + 384u) / 32u;
    let b_col3 = left + (index + 384u) % 32u * 4u;
    var next_b3 = load_b(b_row3, b_col3);

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

    for (var at = 0u; at < k; at += 16u) {
        workgroupBarrier();
        a_tile[a_slot0][a_lane0] = next_a0.x;
        a_tile[a_slot0 + 16u][a_lane0] = next_a0.y;
        a_tile[a_slot0 + 32u][a_lane0] = next_a0.z;
        a_tile[a_slot0 + 48u][a_lane0] = next_a0.w;
        a_tile[a_slot1][a_lane1] = next_a1.x;
        a_tile[a_slot1 + 16u][a_lane1] = next_a1.y;
        a_tile[a_slot1 + 32u][a_lane1] = next_a1.z;
        a_tile[a_slot1 + 48u][a_lane1] = next_a1.w;
        b_tile[index + 0u] = next_b0;
        b_tile[index + 128u] = next_b1;
        b_tile[index + 256u] = next_b2;
        b_tile[index + 384u] = next_b3;
        workgroupBarrier();
        if at + 16u < k {
            next_a0 = load_a(top + a_row0, at + 16u + a_col0);
            next_a1 = load_a(top + a_row1, at + 16u + a_col1);
            next_b0 = load_b(at + 16u + b_row0, b_col0);
            next_b1 = load_b(at + 16u + b_row1, b_col1);
            next_b2 = load_b(at + 16u + b_row2, b_col2);
            next_b3 = load_b(at + 16u + b_row3, b_col3);
        }
        {
            let a0 = a_tile[0u + (local.y)];
            let b0 = b_tile[0u + local.x];
            let a1 = a_tile[0u + (local.y + 8u)];
            let b1 = b_tile[16u + local.x];
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
            let a0 = a_tile[16u + (local.y)];
            let b0 = b_tile[32u + local.x];
            let a1 = a_tile[16u + (local.y + 8u)];
            let b1 = b_tile[48u + local.x];
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
            let a0 = a_tile[32u + (local.y)];
            let b0 = b_tile[64u + local.x];
            let a1 = a_tile[32u + (local.y + 8u)];
            let b1 = b_tile[80u + local.x];
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
            let a0 = a_tile[48u + (local.y)];
            let b0 = b_tile[96u + local.x];
            let a1 = a_tile[48u + (local.y + 8u)];
            let b1 = b_tile[112u + local.x];
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
            let a0 = a_tile[64u + (local.y ^ 2u)];
            let b0 = b_tile[128u + local.x];
            let a1 = a_tile[64u + ((local.y + 8u) ^ 2u)];
            let b1 = b_tile[144u + local.x];
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
            let a0 = a_tile[80u + (local.y ^ 2u)];
            let b0 = b_tile[160u + local.x];
            let a1 = a_tile[80u + ((local.y + 8u) ^ 2u)];
            let b1 = b_tile[176u + local.x];
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
            let a0 = a_tile[96u + (local.y ^ 2u)];
            let b0 = b_tile[192u + local.x];
            let a1 = a_tile[96u + ((local.y + 8u) ^ 2u)];
            let b1 = b_tile[208u + local.x];
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
            let a0 = a_tile[112u + (local.y ^ 2u)];
            let b0 = b_tile[224u + local.x];
            let a1 = a_tile[112u + ((local.y + 8u) ^ 2u)];
            let b1 = b_tile[240u + local.x];
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
            let a0 = a_tile[128u + (local.y ^ 4u)];
            let b0 = b_tile[256u + local.x];
            let a1 = a_tile[128u + ((local.y + 8u) ^ 4u)];
            let b1 = b_tile[272u + local.x];
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
            let a0 = a_tile[144u + (local.y ^ 4u)];
            let b0 = b_tile[288u + local.x];
            let a1 = a_tile[144u + ((local.y + 8u) ^ 4u)];
            let b1 = b_tile[304u + local.x];
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
            let a0 = a_tile[160u + (local.y ^ 4u)];
            let b0 = b_tile[320u + local.x];
            let a1 = a_tile[160u + ((local.y + 8u) ^ 4u)];
            let b1 = b_tile[336u + local.x];
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
            let a0 = a_tile[176u + (local.y ^ 4u)];
            let b0 = b_tile[352u + local.x];
            let a1 = a_tile[176u + ((local.y + 8u) ^ 4u)];
            let b1 = b_tile[368u + local.x];
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
            let a0 = a_tile[192u + (local.y ^ 6u)];
            let b0 = b_tile[384u + local.x];
            let a1 = a_tile[192u + ((local.y + 8u) ^ 6u)];
            let b1 = b_tile[400u + local.x];
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
            let a0 = a_tile[208u + (local.y ^ 6u)];
            let b0 = b_tile[416u + local.x];
            let a1 = a_tile[208u + ((local.y + 8u) ^ 6u)];
            let b1 = b_tile[432u + local.x];
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
            let a0 = a_tile[224u + (local.y ^ 6u)];
            let b0 = b_tile[448u + local.x];
            let a1 = a_tile[224u + ((local.y + 8u) ^ 6u)];
            let b1 = b_tile[464u + local.x];
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
            let a0 = a_tile[240u + (local.y ^ 6u)];
            let b0 = b_tile[480u + local.x];
            let a1 = a_tile[240u + ((local.y + 8u) ^ 6u)];
            let b1 = b_tile[496u + local.x];
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

    store_c(top + 0u + local.y * 4u, left + 0u + local.x * 4u, sum0_0);
    store_c(top + 0u + local.y * 4u, left + 64u + local.x * 4u, sum0_1);
    store_c(top + 1u + local.y * 4u, left + 0u + local.x * 4u, sum1_0);
    store_c(top + 1u + local.y * 4u, left + 64u + local.x * 4u, sum1_1);
    store_c(top + 2u + local.y * 4u, left + 0u + local.x * 4u, sum2_0);
    store_c(top + 2u + local.y * 4u, left + 64u + local.x * 4u, sum2_1);
    store_c(top + 3u + local.y * 4u, left + 0u + local.x * 4u, sum3_0);
    store_c(top + 3u + local.y * 4u, left + 64u + local.x * 4u, sum3_1);
    store_c(top + 32u + local.y * 4u, left + 0u + local.x * 4u, sum4_0);
    store_c(top + 32u + local.y * 4u, left + 64u + local.x * 4u, sum4_1);
    store_c(top + 33u + local.y * 4u, left + 0u + local.x * 4u, sum5_0);
    store_c(top + 33u + local.y * 4u, left + 64u + local.x * 4u, sum5_1);
    store_c(top + 34u + local.y * 4u, left + 0u + local.x * 4u, sum6_0);
    store_c(top + 34u + local.y * 4u, left + 64u + local.x * 4u, sum6_1);
    store_c(top + 35u + local.y * 4u, left + 0u + local.x * 4u, sum7_0);
    store_c(top + 35u + local.y * 4u, left + 64u + local.x * 4u, sum7_1);
}
