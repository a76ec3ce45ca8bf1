variable "project" {
  description = "Name of the service; application, deployment group and alarms are called after it."
  type        = string
  default     = "ecommerce-bluegreen"

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{1,83}$", var.project))
    error_message = "A policy's parameter is called after it: letters, digits, underscore, dot and hyphen."
  }
}

variable "cluster" {
  description = "Name of the ECS cluster."
  type        = string
}

variable "service" {
  description = "Name of the ECS service; its deployment controller is CODE_DEPLOY."
  type        = string
}

variable "load_balancer" {
  description = "The load balancer as CloudWatch knows it: the attribute arn_suffix of aws_lb."
  type        = string
}

variable "production_listener_arn" {
  description = "ARN of the listener that users reach."
  type        = string
}

variable "test_listener_arn" {
  description = "ARN of the listener that shows green before users see it."
  type        = string
}

variable "target_groups" {
  description = "The two target groups, name to arn_suffix of aws_lb_target_group. Which one is blue changes with each release."
  type        = map(string)

  validation {
    condition     = length(var.target_groups) == 2
    error_message = "CodeDeploy shifts traffic between exactly two target groups."
  }
}

variable "codedeploy_role_arn" {
  description = "Role of CodeDeploy, with AWSCodeDeployRoleForECS or the limited policy of that name: both may call the hooks."
  type        = string
}

variable "container" {
  description = "Container and port behind the load balancer, for the AppSpec."
  type        = object({ name = string, port = number })
  default     = { name = "app", port = 8080 }
}

variable "artifact_bucket" {
  description = "Bucket, in this Region, that sam package uploaded to and that the template goes to."
  type        = string
}

variable "packaged_template" {
  description = "What sam package wrote."
  type        = string
  default     = "../../packaged.yaml"
}

variable "guardian_parameters" {
  description = "Further parameters of Guardian's template, for example { LogLevel = \"DEBUG\" }."
  type        = map(string)
  default     = {}
}
