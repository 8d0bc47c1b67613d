// Rendered from templates/matmul_coop.wgsl.j2 for matmul/matmul_coop[k=4096,m=4096,n=4096]@ahead=0,storage=f16,subgroups=2x2; not to be edited: `gate render` writes it anew.
enable f16;
enable wgpu_cooperative_matrix;

struct Dims {
    m: u32,
    n: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> a: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f16>>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4<f16>>;

// By sixteen rows; and by subgroup. Under WebGPU's run-time checks, indices are
// clamped that are neither constant nor the same for the whole loop.
var<workgroup> a_tile: array<array<vec4<f16>, 160>, 8>;
var<workgroup> b_tile: array<array<vec4<f16>, 544>, 2>;
var<workgroup> sums: array<array<vec4<f32>, 64>, 4>;

// Four values of row `row` of a, from column `col` on; zeros beyond the edges.
fn load_a(row: u32, col: u32) -> vec4<f16> {
    return a[(row * dims.k + col) / 4u];
}

// The same for b.
fn load_b(row: u32, col: u32) -> vec4<f16> {
    return b[(row * dims.n + col) / 4u];
}

// Four values of row `row` of c, from column `col` on; nothing beyond the edges.
fn store_c(row: u32, col: u32, v: vec4<f32>) {
    if row < dims.m && col < dims.n {
        c[(row * dims.n + col) / 4u] = vec4<f16>(v);
    }
}

@compute @workgroup_size(128)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let top = group.y * 128u;
    let left = group.x * 128u;
    let k = dims.k;
    let lane = index % 32u;
    let subgroup = index / 32u;
    // This subgroup's first sixteen rows and columns in the tiles.
    let down = subgroup / 2u * 4u;
    let right = subgroup % 2u * 4u;

    // What this invocation moves from memory to the tiles.
    let a_col = index % 8u;
    let a_row0 = index / 8u + 0u;
    var next_a0 = vec4<f16>();
    let a_row1 = index / 8u + 16u;
    var next_a1 = vec4<f16>();
    let a_row2 = index / 8u + 32u;
    var next_a2 = vec4<f16>();
    let a_row3 = index / 8u + 48u;
    var next_a3 = vec4<f16>();
    let a_row4 = index / 8u + 64u;
    var next_a4 = vec4<f16>();
    let a_row5 = index / 8u + 80u;
    var next_a5 = vec4<f16>();
    let a_row6 = index / 8u + 96u;
    var next_a6 = vec4<f16>();
    let a_row7 = index / 8u + 112u;
    var next_a7 = vec4<f16>();
    let b_col = index % 32u;
    let b_row0 = index / 32u + 0u;
    var next_b0 = vec4<f16>();
    let b_row1 = index / 32u + 4u;
    var next_b1 = vec4<f16>();
    let b_row2 = index / 32u + 8u;
    var next_b2 = vec4<f16>();
    let b_row3 = index / 32u + 12u;
    var next_b3 = vec4<f16>();
    let b_row4 = index / 32u + 16u;
    var next_b4 = vec4<f16>();
    let b_row5 = index / 32u + 20u;
    var next_b5 = vec4<f16>();
    let b_row6 = index / 32u + 24u;
    var next_b6 = vec4<f16>();
    let b_row7 = index / 32u + 28u;
    var next_b7 = vec4<f16>();

    var sum0_0 = coop_mat16x16<f32, C>();
    var sum0_1 = coop_mat16x16<f32, C>();
    var sum0_2 = coop_mat16x16<f32, C>();
    var sum0_3 = coop_mat16x16<f32, C>();
    var sum1_0 = coop_mat16x16<f32, C>();
    var sum1_1 = coop_mat16x16<f32, C>();
    var sum1_2 = coop_mat16x16<f32, C>();
    var sum1_3 = coop_mat16x16<f32, C>();
    var sum2_0 = coop_mat16x16<f32, C>();
    var sum2_1 = coop_mat16x16<f32, C>();
    var sum2_2 = coop_mat16x16<f32, C>();
    var sum2_3 = coop_mat16x16<f32, C>();
    var sum3_0 = coop_mat16x16<f32, C>();
    var sum3_1 = coop_mat16x16<f32, C>();
    var sum3_2 = coop_mat16x16<f32, C>();
    var sum3_3 = coop_mat16x16<f32, C>();

    for (var at = 0u; at < k; at += 32u) {
            next_a0 = load_a(top + a_row0, at + a_col * 4u);
            next_a1 = load_a(top + a_row1, at + a_col * 4u);
            next_a2 = load_a(top + a_row2, at + a_col * 4u);
            next_a3 = load_a(top + a_row3, at + a_col * 4u);
            next_a4 = load_a(top + a_row4, at + a_col * 4u);
            next_a5 = load_a(top + a_row5, at + a_col * 4u);
            next_a6 = load_a(top + a_row6, at + a_col * 4u);
            next_a7 = load_a(top + a_row7, at + a_col * 4u);
            next_b0 = load_b(at + b_row0, left + b_col * 4u);
            next_b1 = load_b(at + b_row1, left + b_col * 4u);
            next_b2 = load_b(at + b_row2, left + b_col * 4u);
            next_b3 = load_b(at + b_row3, left + b_col * 4u);
            next_b4 = load_b(at + b_row4, left + b_col * 4u);
            next_b5 = load_b(at + b_row5, left + b_col * 4u);
            next_b6 = load_b(at + b_row6, left + b_col * 4u);
            next_b7 = load_b(at + b_row7, left + b_col * 4u);
        workgroupBarrier();
        a_tile[a_row0 / 16u][a_row0 % 16u * 10u + a_col] = next_a0;
        a_tile[a_row1 / 16u][a_row1 % 16u * 10u + a_col] = next_a1;
        a_tile[a_row2 / 16u][a_row2 % 16u * 10u + a_col] = next_a2;
        a_tile[a_row3 / 16u][a_row3 % 16u * 10u + a_col] = next_a3;
        a_tile[a_row4 / 16u][a_row4 % 16u * 10u + a_col] = next_a4;
        a_tile[a_row5 / 16u][a_row5 % 16u * 10u + a_col] = next_a5;
        a_tile[a_row6 / 16u][a_row6 % 16u * 10u + a_col] = next_a6;
        a_tile[a_row7 / 16u][a_row7 % 16u * 10u + a_col] = next_a7;
        b_tile[b_row0 / 16u][b_row0 % 16u * 34u + b_col] = next_b0;
        b_tile[b_row1 / 16u][b_row1 % 16u * 34u + b_col] = next_b1;
        b_tile[b_row2 / 16u][b_row2 % 16u * 34u + b_col] = next_b2;
        b_tile[b_row3 / 16u][b_row3 % 16u * 34u + b_col] = next_b3;
        b_tile[b_row4 / 16u][b_row4 % 16u * 34u + b_col] = next_b4;
        b_tile[b_row5 / 16u][b_row5 % 16u * 34u + b_col] = next_b5;
        b_tile[b_row6 / 16u][b_row6 % 16u * 34u + b_col] = next_b6;
        b_tile[b_row7 / 16u][b_row7 % 16u * 34u + b_col] = next_b7;
        workgroupBarrier();
        {
            let a0 = coopLoadT<coop_mat16x16<f16, A>>(&a_tile[down + 0u][0], 10u);
            let a1 = coopLoadT<coop_mat16x16<f16, A>>(&a_tile[down + 1u][0], 10u);
            let a2 = coopLoadT<coop_mat16x16<f16, A>>(&a_tile[down + 2u][0], 10u);
            let a3 = coopLoadT<coop_mat16x16<f16, A>>(&a_tile[down + 3u][0], 10u);
            let b0 = coopLoadT<coop_mat16x16<f16, B>>(&b_tile[0][(right + 0u) * 4u], 34u);
            let b1 = coopLoadT<coop_mat16x16<f16, B>>(&b_tile[0][(right + 1u) * 4u], 34u);
            let b2 = coopLoadT<coop_mat16x16<f16, B>>(&b_tile[0][(right + 2u) * 4u], 34u);
            let b3 = coopLoadT<coop_mat16x16<f16, B>>(&b_tile[0][(right + 3u) * 4u], 34u);
            sum0_0 = coopMultiplyAdd(a0, b0, sum0_0);
            sum0_1 = coopMultiplyAdd(a0, b1, sum0_1);
            sum0_2 = coopMultiplyAdd(a0, b2, sum0_2);
            sum0_3 = coopMultiplyAdd(a0, b3, sum0_3);
            sum1_0 = coopMultiplyAdd(a1, b0, sum1_0);
            sum1_1 = coopMultiplyAdd(a1, b1, sum1_1);
            sum1_2 = coopMultiplyAdd(a1, b2, sum1_2);
            sum1_3 = coopMultiplyAdd(a1, b3, sum1_3);
            sum2_0 = coopMultiplyAdd(a2, b0, sum2_0);
            sum2_1 = coopMultiplyAdd(a2, b1, sum2_1);
            sum2_2 = coopMultiplyAdd(a2, b2, sum2_2);
            sum2_3 = coopMultiplyAdd(a2, b3, sum2_3);
            sum3_0 = coopMultiplyAdd(a3, b0, sum3_0);
            sum3_1 = coopMultiplyAdd(a3, b1, sum3_1);
            sum3_2 = coopMultiplyAdd(a3, b2, sum3_2);
            sum3_3 = coopMultiplyAdd(a3, b3, sum3_3);
        }
        {
            let a0 = coopLoadT<coop_mat16x16<f16, A>>(&a_tile[down + 0u][4], 10u);
            let a1 = coopLoadT<coop_mat16x16<f16, A>>(&a_tile[down + 1u][4], 10u);
            let a2 = coopLoadT<coop_mat16x16<f16, A>>(&a_tile[down + 2u][4], 10u);
            let a3 = coopLoadT<coop_mat16x16<f16, A>>(&a_tile[down + 3u][4], 10u);
            let b0 = coopLoadT<coop_mat16x16<f16, B>>(&b_tile[1][(right + 0u) * 4u], 34u);
            let b1 = coopLoadT<coop_mat16x16<f16, B>>(&b_tile[1][(right + 1u) * 4u], 34u);
            let b2 = coopLoadT<coop_mat16x16<f16, B>>(&b_tile[1][(right + 2u) * 4u], 34u);
            let b3 = coopLoadT<coop_mat16x16<f16, B>>(&b_tile[1][(right + 3u) * 4u], 34u);
            sum0_0 = coopMultiplyAdd(a0, b0, sum0_0);
            sum0_1 = coopMultiplyAdd(a0, b1, sum0_1);
            sum0_2 = coopMultiplyAdd(a0, b2, sum0_2);
            sum0_3 = coopMultiplyAdd(a0, b3, sum0_3);
            sum1_0 = coopMultiplyAdd(a1, b0, sum1_0);
            sum1_1 = coopMultiplyAdd(a1, b1, sum1_1);
            sum1_2 = coopMultiplyAdd(a1, b2, sum1_2);
            sum1_3 = coopMultiplyAdd(a1, b3, sum1_3);
            sum2_0 = coopMultiplyAdd(a2, b0, sum2_0);
            sum2_1 = coopMultiplyAdd(a2, b1, sum2_1);
            sum2_2 = coopMultiplyAdd(a2, b2, sum2_2);
            sum2_3 = coopMultiplyAdd(a2, b3, sum2_3);
            sum3_0 = coopMultiplyAdd(a3, b0, sum3_0);
            sum3_1 = coopMultiplyAdd(a3, b1, sum3_1);
            sum3_2 = coopMultiplyAdd(a3, b2, sum3_2);
            sum3_3 = coopMultiplyAdd(a3, b3, sum3_3);
        }
    }

    workgroupBarrier();
    coopStoreT(sum0_0, &sums[subgroup][0], 4u);
    workgroupBarrier();
    {
        let row = top + (down + 0u) * 16u + lane / 4u;
        let col = left + (right + 0u) * 16u + lane % 4u * 4u;
        store_c(row, col, sums[subgroup][lane]);
        store_c(row + 8u, col, sums[subgroup][lane + 32u]);
    }
    workgroupBarrier();
    coopStoreT(sum0_1, &sums[subgroup][0], 4u);
    workgroupBarrier();
    {
        let row = top + (down + 0u) * 16u + lane / 4u;
        let col = left + (right + 1u) * 16u + lane % 4u * 4u;
        store_c(row, col, sums[subgroup][lane]);
        store_c(row + 8u, col, sums[subgroup][lane + 32u]);
    }
    workgroupBarrier();
    coopStoreT(sum0_2, &sums[subgroup][0], 4u);
    workgroupBarrier();
    {
        let row = top + (down + 0u) * 16u + lane / 4u;
        let col = left + (right + 2u) * 16u + lane % 4u * 4u;
        store_c(row, col, sums[subgroup][lane]);
        store_c(row + 8u, col, sums[subgroup][lane + 32u]);
    }
    workgroupBarrier();
    coopStoreT(sum0_3, &sums[subgroup][0], 4u);
    workgroupBarrier();
    {
        let row = top + (down + 0u) * 16u + lane / 4u;
        let col = left + (right + 3u) * 16u + lane % 4u * 4u;
        store_c(row, col, sums[subgroup][lane]);
        store_c(row + 8u, col, sums[subgroup][lane + 32u]);
    }
    workgroupBarrier();
    coopStoreT(sum1_0, &sums[subgroup][0], 4u);
    workgroupBarrier();
    {
        let row = top + (down + 1u) * 16u + lane / 4u;
        let col = left + (right + 0u) * 16u + lane % 4u * 4u;
        store_c(row, col, sums[subgroup][lane]);
        store_c(row + 8u, col, sums[subgroup][lane + 32u]);
    }
    workgroupBarrier();
    coopStoreT(sum1_1, &sums[subgroup][0], 4u);
    workgroupBarrier();
    {
        let row = top + (down + 1u) * 16u + lane / 4u;
        let col = left + (right + 1u) * 16u + lane % 4u * 4u;
        store_c(row, col, sums[subgroup][lane]);
        store_c(row + 8u, col, sums[subgroup][lane + 32u]);
    }
    workgroupBarrier();
    coopStoreT(sum1_2, &sums[subgroup][0], 4u);
    workgroupBarrier();
    {
        let row = top + (down + 1u) * 16u + lane / 4u;
        let col = left + (right + 2u) * 16u + lane % 4u * 4u;
        store_c(row, col, sums[subgroup][lane]);
        store_c(row + 8u, col, sums[subgroup][lane + 32u]);
    }
    workgroupBarrier();
    coopStoreT(sum1_3, &sums[subgroup][0], 4u);
    workgroupBarrier();
    {
        let row = top + (down + 1u) * 16u + lane / 4u;
        let col = left + (right + 3u) * 16u + lane % 4u * 4u;
        store_c(row, col, sums[subgroup][lane]);
        store_c(row + 8u, col, sums[subgroup][lane + 32u]);
    }
    workgroupBarrier();
    coopStoreT(sum2_0, &sums[subgroup][0], 4u);
    workgroupBarrier();
    {
        let row = top + (down + 2u) * 16u + lane / 4u;
        let col = left + (right + 0u) * 16u + lane % 4u * 4u;
        store_c(row, col, sums[subgroup][lane]);
        store_c(row + 8u, col, sums[subgroup][lane + 32u]);
    }
    workgroupBarrier();
    coopStoreT(sum2_1, &sums[subgroup][0], 4u);
    workgroupBarrier();
    {
        let row = top + (down + 2u) * 16u + lane / 4u;
        let col = left + (right + 1u) * 16u + lane % 4u * 4u;
        store_c(row, col, sums[subgroup][lane]);
        store_c(row + 8u, col, sums[subgroup][lane + 32u]);
    }
    workgroupBarrier();
    coopStoreT(sum2_2, &sums[subgroup][0], 4u);
    workgroupBarrier();
    {
        let row = top + (down + 2u) * 16u + lane / 4u;
        let col = left + (right + 2u) * 16u + lane % 4u * 4u;
        store_c(row, col, sums[subgroup][lane]);
        store_c(row + 8u, col, sums[subgroup][lane + 32u]);
    }
    workgroupBarrier();
    coopStoreT(sum2_3, &sums[subgroup][0], 4u);
    workgroupBarrier();
    {
        let row = top + (down + 2u) * 16u + lane / 4u;
        let col = left + (right + 3u) * 16u + lane % 4u * 4u;
        store_c(row, col, sums[subgroup][lane]);
        store_c(row + 8u, col, sums[subgroup][lane + 32u]);
    }
    workgroupBarrier();
    coopStoreT(sum3_0, &sums[subgroup][0], 4u);
    workgroupBarrier();
    {
        let row = top + (down + 3u) * 16u + lane / 4u;
        let col = left + (right + 0u) * 16u + lane % 4u * 4u;
        store_c(row, col, sums[subgroup][lane]);
        store_c(row + 8u, col, sums[subgroup][lane + 32u]);
    }
    workgroupBarrier();
    coopStoreT(sum3_1, &sums[subgroup][0], 4u);
    workgroupBarrier();
    {
        let row = top + (down + 3u) * 16u + lane / 4u;
        let col = left + (right + 1u) * 16u + lane % 4u * 4u;
        store_c(row, col, sums[subgroup][lane]);
        store_c(row + 8u, col, sums[subgroup][lane + 32u]);
    }
    workgroupBarrier();
    coopStoreT(sum3_2, &sums[subgroup][0], 4u);
    workgroupBarrier();
    {
        let row = top + (down + 3u) * 16u + lane / 4u;
        let col = left + (right + 2u) * 16u + lane % 4u * 4u;
        store_c(row, col, sums[subgroup][lane]);
        store_c(row + 8u, col, sums[subgroup][lane + 32u]);
    }
    workgroupBarrier();
    coopStoreT(sum3_3, &sums[subgroup][0], 4u);
    workgroupBarrier();
    {
        let row = top + (down + 3u) * 16u + lane / 4u;
        let col = left + (right + 3u) * 16u + lane % 4u * 4u;
        store_c(row, col, sums[subgroup][lane]);
        store_c(row + 8u, col, sums[subgroup][lane + 32u]);
    }
}
