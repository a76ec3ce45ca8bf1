# terraform output -raw appspec > appspec.yaml
output "appspec" {
  description = "The AppSpec with Guardian's hooks; the pipeline puts the task definition into <TASK_DEFINITION>."
  value = templatefile("${path.module}/appspec.yaml.tftpl", {
    container = var.container
    hooks = {
      for event in ["BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic", "AfterAllowTraffic"] :
      event => aws_cloudformation_stack.guardian.outputs["${event}Hook"]
    }
  })
}

output "policy_parameter" {
  description = "Where Guardian reads the policy: guardian policy show prints it."
  value       = aws_ssm_parameter.policy.name
}
