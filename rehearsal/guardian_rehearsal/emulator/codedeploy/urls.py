"""CodeDeploy base URL and path, as in moto."""

from moto.codedeploy.urls import url_bases
from moto.codedeploy.urls import url_paths as moto_paths

from guardian_rehearsal.emulator.codedeploy.responses import CodeDeployResponse

__all__ = ["url_bases", "url_paths"]

url_paths = {**moto_paths, "{0}/$": CodeDeployResponse.dispatch}
