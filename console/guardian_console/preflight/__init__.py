"""What will bite in the next deployment of one service: the account is read, checked and told what to change.

`reader` asks AWS, `checks` are pure functions over the answers, `examine` runs them, `view` tells people.
"""
