"""Exceptions that CodeDeploy raises for the ECS compute platform and moto's CodeDeploy lacks.

Source: the errors of each operation in the AWS CodeDeploy API reference. The wording of messages is an assumption
unless a comment says otherwise.
"""

from moto.core.exceptions import ServiceException


class DeploymentAlreadyCompletedException(ServiceException):
    code = "DeploymentAlreadyCompletedException"
    message = "The deployment {deployment_id} has already completed."


class DeploymentConfigDoesNotExistException(ServiceException):
    code = "DeploymentConfigDoesNotExistException"
    message = "No Deployment Configuration found for name: {name}"


class DeploymentIsNotInReadyStateException(ServiceException):
    code = "DeploymentIsNotInReadyStateException"
    message = "The deployment {deployment_id} is not in a ready state."


class DeploymentLimitExceededException(ServiceException):
    code = "DeploymentLimitExceededException"
    message = "The Deployment Group '{group}' already has an active Deployment '{deployment_id}'"


class DeploymentNotStartedException(ServiceException):
    code = "DeploymentNotStartedException"
    message = "The deployment {deployment_id} has not started yet."


class DeploymentTargetDoesNotExistException(ServiceException):
    code = "DeploymentTargetDoesNotExistException"
    message = "The deployment target {target_id} does not exist in the deployment {deployment_id}."


class DeploymentTargetListSizeExceededException(ServiceException):
    code = "DeploymentTargetListSizeExceededException"
    message = "The number of target IDs exceeds the limit of {limit}."


class InvalidDeploymentIdException(ServiceException):
    code = "InvalidDeploymentIdException"
    message = "The specified deploymentId {deployment_id} has an invalid format."


class InvalidDeploymentStatusException(ServiceException):
    code = "InvalidDeploymentStatusException"
    message = "The deployment {deployment_id} is not waiting to terminate its original task set."


class InvalidDeploymentWaitTypeException(ServiceException):
    code = "InvalidDeploymentWaitTypeException"
    message = "The deployment wait type {wait_type} is not valid."


class InvalidLifecycleEventHookExecutionIdException(ServiceException):
    code = "InvalidLifecycleEventHookExecutionIdException"
    message = "The lifecycle event hook execution ID is not valid."


class InvalidLifecycleEventHookExecutionStatusException(ServiceException):
    code = "InvalidLifecycleEventHookExecutionStatusException"
    message = "The lifecycle event hook execution status {status} is not valid: use Succeeded or Failed."


class InvalidRevisionException(ServiceException):
    code = "InvalidRevisionException"
    message = "The revision is not valid."


class LifecycleEventAlreadyCompletedException(ServiceException):
    code = "LifecycleEventAlreadyCompletedException"
    message = "The lifecycle event {event} has already completed."


class RevisionDoesNotExistException(ServiceException):
    code = "RevisionDoesNotExistException"
    message = "The named revision does not exist with the user or AWS account."


class RevisionRequiredException(ServiceException):
    code = "RevisionRequiredException"
    message = "The revision ID was not specified."


class UnsupportedActionForDeploymentTypeException(ServiceException):
    code = "UnsupportedActionForDeploymentTypeException"
    message = "The action is not supported for the type of the deployment {deployment_id}."
