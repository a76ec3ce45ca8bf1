locals {
  # From the application and not from the group: the group waits for the alarms, and these wait for Guardian.
  deployment_group_arn = "${replace(aws_codedeploy_app.service.arn, ":application:", ":deploymentgroup:")}/${local.deployment_group}"

  # What is tolerated stands in policy.yaml; the names come from here, so that they cannot differ.
  policy = merge(yamldecode(file("${path.module}/policy.yaml")), {
    application      = aws_codedeploy_app.service.name
    deployment_group = local.deployment_group
    alarms           = local.wakes_guardian
  })
}

# The name changes with the content: CloudFormation reads a template again only from another address.
resource "aws_s3_object" "template" {
  bucket = var.artifact_bucket
  key    = "guardian/${filesha256(var.packaged_template)}.yaml"
  source = var.packaged_template
}

resource "aws_cloudformation_stack" "guardian" {
  name         = "guardian" # at most 27 characters: hook function names hold it
  template_url = "https://${var.artifact_bucket}.s3.amazonaws.com/${aws_s3_object.template.key}"
  capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]

  parameters = merge(var.guardian_parameters, {
    GuardedDeploymentGroups = local.deployment_group_arn
  })
}

resource "aws_ssm_parameter" "policy" {
  name  = "${aws_cloudformation_stack.guardian.outputs["PolicyPath"]}/${local.policy.application}/${local.policy.deployment_group}"
  type  = "String"
  tier  = "Intelligent-Tiering" # a long policy does not fit the standard tier
  value = jsonencode(local.policy)
}
