//! Pipelines: their stages and what is connected.

use crate::spec::suggest::{did_you_mean, short};
use crate::spec::{BufferSpec, Pipeline, Placed, Role, TypeSpec};

use super::whole::{Check, buffer, buffer_names};

impl<'s> Check<'s> {
    pub(super) fn pipeline(&mut self, pipeline: &Pipeline) {
        let name = &pipeline.name.value;
        let mut stages: Vec<&str> = Vec::new();
        for stage in &pipeline.stages {
            if !self.spec.kernels.contains_key(&stage.value) {
                self.unknown_kernel(stage);
            }
            if stages.contains(&stage.value.as_str()) {
                self.fail(
                    &stage.place,
                    format!("the kernel `{}` is a stage of pipeline `{name}` twice; declare it under a second name", stage.value),
                );
            }
            stages.push(&stage.value);
        }
        if !stages
            .iter()
            .all(|stage| self.spec.kernels.contains_key(*stage))
        {
            return;
        }
        for (consumer, producer) in &pipeline.connect {
            let to = self.end(pipeline, consumer);
            let from = self.end(pipeline, producer);
            let (Some((to_stage, to)), Some((from_stage, from))) = (to, from) else {
                continue;
            };
            if to.role == Role::Output {
                self.fail(
                    &consumer.place,
                    format!(
                        "`{}` is an output; the left side of `connect` is what a stage reads",
                        consumer.value
                    ),
                );
            }
            if from.role == Role::Input {
                self.fail(&producer.place, format!("`{}` is an input; the right side of `connect` is what an earlier stage writes", producer.value));
            }
            if from_stage >= to_stage {
                self.fail(&producer.place, format!("`{}` is not written before `{}` is read; connect to a stage that stands earlier in `stages`", producer.value, consumer.value));
            }
            if let (TypeSpec::Fixed(a), TypeSpec::Fixed(b)) =
                (&from.element.value, &to.element.value)
                && (a.scalar, a.lanes) != (b.scalar, b.lanes)
            {
                self.fail(
                    &consumer.place,
                    format!(
                        "`{}` holds {b}, and `{}` gives {a}; connected buffers hold the same",
                        consumer.value, producer.value
                    ),
                );
            }
        }
    }

    /// One end of a connection: the stage's number, and its buffer.
    fn end(
        &mut self,
        pipeline: &Pipeline,
        end: &Placed<String>,
    ) -> Option<(usize, &'s BufferSpec)> {
        let spec = self.spec;
        let Some((stage, name)) = end.value.split_once('.') else {
            let wrong = short(&end.value);
            self.fail(
                &end.place,
                format!("`{wrong}` is no buffer of a stage; write it as in `topk.indices`"),
            );
            return None;
        };
        let Some(index) = pipeline.stages.iter().position(|s| s.value == stage) else {
            let stages = pipeline.stages.iter().map(|stage| stage.value.as_str());
            let hint = did_you_mean(stage, stages);
            let stage = short(stage);
            self.fail(
                &end.place,
                format!(
                    "pipeline `{}` has no stage `{stage}`{hint}",
                    pipeline.name.value
                ),
            );
            return None;
        };
        let kernel = spec.kernels.get(stage)?;
        let Some(found) = buffer(kernel, name) else {
            let hint = did_you_mean(name, buffer_names(kernel));
            let name = short(name);
            self.fail(
                &end.place,
                format!("kernel `{stage}` has no buffer `{name}`{hint}"),
            );
            return None;
        };
        Some((index, found))
    }

    pub(super) fn unknown_kernel(&mut self, wanted: &Placed<String>) {
        let spec = self.spec;
        let name = &wanted.value;
        let hint = if spec.pipelines.contains_key(name) {
            format!("; it is a pipeline: write `pipeline: {name}`")
        } else if spec.kernels.is_empty() {
            "; the spec declares none: write it under `kernels`, or import a file that does"
                .to_owned()
        } else {
            did_you_mean(name, spec.kernels.keys().map(String::as_str))
        };
        let name = short(name);
        self.fail(&wanted.place, format!("unknown kernel `{name}`{hint}"));
    }
}
