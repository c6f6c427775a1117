"""INT8 by calibration: how an edge graph's numbers are put on eight bits without losing what it sees.

In order: ``observing`` runs the float graph on train pictures and keeps what each tensor looks like; ``ranges`` chooses
what the 256 steps of a tensor stand for; ``rounding`` rounds the weights so that a layer's output, not each weight, is
nearest; ``qdq`` writes the graph with the runtime's own quantiser; ``bias`` takes out what shifted; ``quantiser`` holds
it together; ``search`` finds the layers that stay float; ``frontier`` draws what each choice costs.
"""
