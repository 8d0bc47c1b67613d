// Rendered from templates/moe_down.wgsl.j2 for moe-experts/moe_experts[experts=5,hidden=127,intermediate=65,k=3,tokens=33]@cache=cold,rows=32,storage=f32,workgroup=64; not to be edited: `gate render` writes it anew.
struct Dims {
    tokens: u32,
    hidden: u32,
    intermediate: u32,
    experts: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> h: array<f32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> ends: array<u32>;
@group(0) @binding(4) var<storage, read> down: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

// A column more than deep, so that rows do not meet in one bank.
var<workgroup> staged: array<f32, 544>;
var<workgroup> staged_down: array<vec4<f32>, 256>;

// Four columns of a row of an expert's matrix; zeros beyond it.
fn down_of(row: u32, four: u32, expert: u32, depth: u32) -> vec4<f32> {
    let width = dims.hidden;
    var values = vec4<f32>();
    if row < depth {
        for (var i = 0u; i < 4u; i++) {
            if 4u * four + i < width {
                values[i] = f32(down[(expert * depth + row) * width + 4u * four + i]);
            }
        }
    }
    return values;
}

@compute @workgroup_size(128)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let depth = dims.intermediate;
    let width = dims.hidden;
    let choices = dims.tokens * dims.k;

    var expert = 0u;
    var start = 0u;
    var end = 0u;
    var tile = group.y;
    for (; expert <= dims.experts; expert++) {
        end = choices;
        if expert < dims.experts {
            end = ends[expert];
        }
        let tiles = (end - start + 31u) / 32u;
        if tile < tiles {
            break;
        }
        tile -= tiles;
        start = end;
    }
    if expert > dims.experts {
        return;
    }
    let first = start + tile * 32u;
    // Of no expert: nothing is added to the zeros.
    let steps = select(depth, 0u, expert == dims.experts);

    let tx = index % 16u;
    let ty = index / 16u;
    var down0 = vec4<f32>();
    var down1 = vec4<f32>();
    var down2 = vec4<f32>();
    var down3 = vec4<f32>();
    for (var base = 0u; base < steps; base += 16u) {
        for (var i = index; i < 512u; i += 128u) {
            let place = first + i / 16u;
            let column = base + i % 16u;
            var value = 0.0;
            if place < end && column < depth {
                value = f32(h[place * depth + column]);
            }
            staged[i / 16u * 17u + i % 16u] = value;
        }
        for (var i = index; i < 256u; i += 128u) {
            staged_down[i] = down_of(base + i / 16u, group.x * 16u + i % 16u, expert, depth);
        }
        workgroupBarrier();
        {
            let down = staged_down[0u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 0u];
            down0 += a0 * down;
            let a1 = staged[(ty * 4u + 1u) * 17u + 0u];
            down1 += a1 * down;
            let a2 = staged[(ty * 4u + 2u) * 17u + 0u];
            down2 += a2 * down;
            let a3 = staged[(ty * 4u + 3u) * 17u + 0u];
            down3 += a3 * down;
        }
        {
            let down = staged_down[16u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 1u];
            down0 += a0 * down;
            let a1 = staged[(ty * 4u + 1u) * 17u + 1u];
            down1 += a1 * down;
            let a2 = staged[(ty * 4u + 2u) * 17u + 1u];
            down2 += a2 * down;
            let a3 = staged[(ty * 4u + 3u) * 17u + 1u];
            down3 += a3 * down;
        }
        {
            let down = staged_down[32u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 2u];
            down0 += a0 * down;
            let a1 = staged[(ty * 4u + 1u) * 17u + 2u];
            down1 += a1 * down;
            let a2 = staged[(ty * 4u + 2u) * 17u + 2u];
            down2 += a2 * down;
            let a3 = staged[(ty * 4u + 3u) * 17u + 2u];
            down3 += a3 * down;
        }
        {
            let down = staged_down[48u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 3u];
            down0 += a0 * down;
            let a1 = staged[(ty * 4u + 1u) * 17u + 3u];
            down1 += a1 * down;
            let a2 = staged[(ty * 4u + 2u) * 17u + 3u];
            down2 += a2 * down;
            let a3 = staged[(ty * 4u + 3u) * 17u + 3u];
            down3 += a3 * down;
        }
        {
            let down = staged_down[64u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 4u];
            down0 += a0 * down;
            let a1 = staged[(ty * 4u + 1u) * 17u + 4u];
            down1 += a1 * down;
            let a2 = staged[(ty * 4u + 2u) * 17u + 4u];
            down2 += a2 * down;
            let a3 = staged[(ty * 4u + 3u) * 17u + 4u];
            down3 += a3 * down;
        }
        {
            let down = staged_down[80u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 5u];
            down0 += a0 * down;
            let a1 = staged[(ty * 4u + 1u) * 17u + 5u];
            down1 += a1 * down;
            let a2 = staged[(ty * 4u + 2u) * 17u + 5u];
            down2 += a2 * down;
            let a3 = staged[(ty * 4u + 3u) * 17u + 5u];
            down3 += a3 * down;
        }
        {
            let down = staged_down[96u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 6u];
            down0 += a0 * down;
            let a1 = staged[(ty * 4u + 1u) * 17u + 6u];
            down1 += a1 * down;
            let a2 = staged[(ty * 4u + 2u) * 17u + 6u];
            down2 += a2 * down;
            let a3 = staged[(ty * 4u + 3u) * 17u + 6u];
            down3 += a3 * down;
        }
        {
            let down = staged_down[112u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 7u];
            down0 += a0 * down;
            let a1 = staged[(ty * 4u + 1u) * 17u + 7u];
            down1 += a1 * down;
            let a2 = staged[(ty * 4u + 2u) * 17u + 7u];
            down2 += a2 * down;
            let a3 = staged[(ty * 4u + 3u) * 17u + 7u];
            down3 += a3 * down;
        }
        {
            let down = staged_down[128u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 8u];
            down0 += a0 * down;
            let a1 = staged[(ty * 4u + 1u) * 17u + 8u];
            down1 += a1 * down;
            let a2 = staged[(ty * 4u + 2u) * 17u + 8u];
            down2 += a2 * down;
            let a3 = staged[(ty * 4u + 3u) * 17u + 8u];
            down3 += a3 * down;
        }
        {
            let down = staged_down[144u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 9u];
            down0 += a0 * down;
            let a1 = staged[(ty * 4u + 1u) * 17u + 9u];
            down1 += a1 * down;
            let a2 = staged[(ty * 4u + 2u) * 17u + 9u];
            down2 += a2 * down;
            let a3 = staged[(ty * 4u + 3u) * 17u + 9u];
            down3 += a3 * down;
        }
        {
            let down = staged_down[160u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 10u];
            down0 += a0 * down;
            let a1 = staged[(ty * 4u + 1u) * 17u + 10u];
            down1 += a1 * down;
            let a2 = staged[(ty * 4u + 2u) * 17u + 10u];
            down2 += a2 * down;
            let a3 = staged[(ty * 4u + 3u) * 17u + 10u];
            down3 += a3 * down;
        }
        {
            let down = staged_down[176u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 11u];
            down0 += a0 * down;
            let a1 = staged[(ty * 4u + 1u) * 17u + 11u];
            down1 += a1 * down;
            let a2 = staged[(ty * 4u + 2u) * 17u + 11u];
            down2 += a2 * down;
            let a3 = staged[(ty * 4u + 3u) * 17u + 11u];
            down3 += a3 * down;
        }
        {
            let down = staged_down[192u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 12u];
            down0 += a0 * down;
            let a1 = staged[(ty * 4u + 1u) * 17u + 12u];
            down1 += a1 * down;
            let a2 = staged[(ty * 4u + 2u) * 17u + 12u];
            down2 += a2 * down;
            let a3 = staged[(ty * 4u + 3u) * 17u + 12u];
            down3 += a3 * down;
        }
        {
            let down = staged_down[208u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 13u];
            down0 += a0 * down;
            let a1 = staged[(ty * 4u + 1u) * 17u + 13u];
            down1 += a1 * down;
            let a2 = staged[(ty * 4u + 2u) * 17u + 13u];
            down2 += a2 * down;
            let a3 = staged[(ty * 4u + 3u) * 17u + 13u];
            down3 += a3 * down;
        }
        {
            let down = staged_down[224u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 14u];
            down0 += a0 * down;
            let a1 = staged[(ty * 4u + 1u) * 17u + 14u];
            down1 += a1 * down;
            let a2 = staged[(ty * 4u + 2u) * 17u + 14u];
            down2 += a2 * down;
            let a3 = staged[(ty * 4u + 3u) * 17u + 14u];
            down3 += a3 * down;
        }
        {
            let down = staged_down[240u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 15u];
            down0 += a0 * down;
            let a1 = staged[(ty * 4u + 1u) * 17u + 15u];
            down1 += a1 * down;
            let a2 = staged[(ty * 4u + 2u) * 17u + 15u];
            down2 += a2 * down;
            let a3 = staged[(ty * 4u + 3u) * 17u + 15u];
            down3 += a3 * down;
        }
        workgroupBarrier();
    }

    let column = group.x * 16u + tx;
    {
        let place = first + ty * 4u + 0u;
        if place < end {
            let made = down0;
            let row = order[place];
            for (var i = 0u; i < 4u; i++) {
                if 4u * column + i < width {
                    y[row * width + 4u * column + i] = f32(made[i]);
                }
            }
        }
    }
    {
        let place = first + ty * 4u + 1u;
        if place < end {
            let made = down1;
            let row = order[place];
            for (var i = 0u; i < 4u; i++) {
                if 4u * column + i < width {
                    y[row * width + 4u * column + i] = f32(made[i]);
                }
            }
        }
    }
    {
        let place = first + ty * 4u + 2u;
        if place < end {
            let made = down2;
            let row = order[place];
            for (var i = 0u; i < 4u; i++) {
                if 4u * column + i < width {
                    y[row * width + 4u * column + i] = f32(made[i]);
                }
            }
        }
    }
    {
        let place = first + ty * 4u + 3u;
        if place < end {
            let made = down3;
            let row = order[place];
            for (var i = 0u; i < 4u; i++) {
                if 4u * column + i < width {
                    y[row * width + 4u * column + i] = f32(made[i]);
                }
            }
        }
    }
}
