# Guardian for a service whose stack is Terraform: the CodeDeploy part of the guarded service, and Guardian beside it.
# Cluster, load balancer and service stay where they are; variables.tf names what is needed of them.
#
#   sam package --template-file .aws-sam/build/template.yaml --s3-bucket BUCKET --output-template-file packaged.yaml
#   terraform -chdir=examples/terraform apply

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}
