def test_x(stand_in):
    from model_garden_registry.hardware.probe import read_hardware

    stand_in.play("gpu NVIDIA L4\ncapability 8.9\n")
    print(read_hardware())
    assert stand_in.calls[-1] == "nvmlShutdown"
