locals {
  deployment_group = "${var.project}-deployment-group"

  # Both target groups have the alarms: each is blue half of the time.
  high_error_rate    = { for name in keys(var.target_groups) : name => "${name}-high-error-rate" }
  high_response_time = { for name in keys(var.target_groups) : name => "${name}-high-response-time" }
  wakes_guardian     = concat(values(local.high_error_rate), values(local.high_response_time))
}

resource "aws_codedeploy_app" "service" {
  name             = var.project
  compute_platform = "ECS"
}

resource "aws_codedeploy_deployment_group" "service" {
  app_name               = aws_codedeploy_app.service.name
  deployment_group_name  = local.deployment_group
  service_role_arn       = var.codedeploy_role_arn
  deployment_config_name = "CodeDeployDefault.ECSLinear10PercentEvery3Minutes"

  auto_rollback_configuration {
    enabled = true
    events  = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]
  }

  # The first is how CodeDeploy rolls back by itself while Guardian has decided to and cannot. At most ten.
  alarm_configuration {
    enabled = true
    alarms = concat(
      [aws_cloudwatch_metric_alarm.rollback_needed.alarm_name],
      values(aws_cloudwatch_metric_alarm.high_error_rate)[*].alarm_name,
      values(aws_cloudwatch_metric_alarm.high_response_time)[*].alarm_name,
    )
  }

  blue_green_deployment_config {
    deployment_ready_option {
      action_on_timeout = "CONTINUE_DEPLOYMENT"
    }

    # Guardian can put traffic back on blue for as long as blue runs.
    terminate_blue_instances_on_deployment_success {
      action                           = "TERMINATE"
      termination_wait_time_in_minutes = 60
    }
  }

  deployment_style {
    deployment_option = "WITH_TRAFFIC_CONTROL"
    deployment_type   = "BLUE_GREEN"
  }

  ecs_service {
    cluster_name = var.cluster
    service_name = var.service
  }

  load_balancer_info {
    target_group_pair_info {
      prod_traffic_route {
        listener_arns = [var.production_listener_arn]
      }

      test_traffic_route {
        listener_arns = [var.test_listener_arn]
      }

      dynamic "target_group" {
        for_each = keys(var.target_groups)

        content {
          name = target_group.value
        }
      }
    }
  }
}

# One for each service: Guardian's metric has its name as a dimension. examples/rollback-needed-alarm.yaml is the same alarm.
resource "aws_cloudwatch_metric_alarm" "rollback_needed" {
  alarm_name          = "${var.project}-${local.deployment_group}-rollback-needed"
  alarm_description   = "Guardian has decided to roll ${var.project} back and AWS has not taken the order."
  namespace           = "Guardian"
  metric_name         = "RollbackNeeded"
  dimensions          = { service = "guardian", service_name = "${var.project}/${local.deployment_group}" }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching" # no turn, no decision
}

resource "aws_cloudwatch_metric_alarm" "high_error_rate" {
  for_each = var.target_groups

  alarm_name          = local.high_error_rate[each.key]
  alarm_description   = "More than ten 5XX a minute for two minutes."
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_Target_5XX_Count"
  dimensions          = { LoadBalancer = var.load_balancer, TargetGroup = each.value }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 10
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_cloudformation_stack.guardian.outputs["AlarmActionArn"]]
}

resource "aws_cloudwatch_metric_alarm" "high_response_time" {
  for_each = var.target_groups

  alarm_name          = local.high_response_time[each.key]
  alarm_description   = "Slower than one second on average for two minutes."
  namespace           = "AWS/ApplicationELB"
  metric_name         = "TargetResponseTime"
  dimensions          = { LoadBalancer = var.load_balancer, TargetGroup = each.value }
  statistic           = "Average"
  period              = 60
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_cloudformation_stack.guardian.outputs["AlarmActionArn"]]
}
